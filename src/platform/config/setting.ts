import { z } from 'zod';
import { DURATION_FORM, parseDuration } from '#libs/instant/duration.js';

/** One setting: its environment variable, its parser, and its row in docs/settings.md. */
export interface Setting<Value> {
  readonly name: string;
  readonly schema: z.ZodType<Value>;
  /** The text to parse if the variable is not set; absent: the setting is optional. */
  readonly fallback?: string;
  readonly description: string;
}

/** A setting with a default. @param fallback the default, in the same notation as the variable */
export const setting = <Value>(
  name: string,
  schema: z.ZodType<Value>,
  fallback: string,
  description: string,
): Setting<Value> => ({
  name,
  schema: z.preprocess((text) => text ?? fallback, schema),
  fallback,
  description,
});

/** A setting without a default. */
export const optional = <Value>(
  name: string,
  schema: z.ZodType<Value>,
  description: string,
): Setting<Value | undefined> => ({ name, schema: schema.optional(), description });

export const KB = 1024;
export const MB = 1024 * KB;
export const GB = 1024 * MB;

/** Text that `read` parses into a value. @param read throws or returns undefined for invalid text */
export const text = <Value>(read: (text: string) => Value | undefined, problem = ''): z.ZodType<Value> =>
  z.string().transform((given, context) => {
    let message = problem;
    try {
      const value = read(given);
      if (value !== undefined) return value;
    } catch (error) {
      message = (error as Error).message;
    }
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

export const wholeNumber = (min: number, max: number): z.ZodType<number> =>
  text((given) => {
    const value = /^\d{1,16}$/.test(given.trim()) ? Number(given) : NaN;
    return value >= min && value <= max ? value : undefined;
  }, `must be a whole number from ${min} to ${max}`);

/** A port; 0 picks a free one. */
export const port = wholeNumber(0, 65_535);

/** `on` is true. */
export const onOff: z.ZodType<boolean> = z.enum(['off', 'on']).transform((given) => given === 'on');

/** `90s`, `3h`, parsed to milliseconds. */
export const duration = (isAllowed: (ms: number) => boolean, problem: string): z.ZodType<number> =>
  text(parseDuration, `must be ${DURATION_FORM}`).refine(isAllowed, problem);
