import { z } from 'zod';
import { DURATION_FORM, parseDuration } from '#libs/instant/duration.js';

/** One setting: its name in the environment, how its text is read, and its row in docs/settings.md. */
export interface Setting<Value> {
  readonly name: string;
  readonly schema: z.ZodType<Value>;
  /** The text that is read when there is none; absent: the setting is optional. */
  readonly fallback?: string;
  readonly description: string;
}

/** A setting with a default. @param fallback the default, as one would write it */
export const setting = <Value>(
  name: string,
  schema: z.ZodType<Value>,
  fallback: string,
  description: string,
): Setting<Value> => ({
  name,
  schema: z.preprocess((text) => text ?? fallback, schema) as z.ZodType<Value>,
  fallback,
  description,
});

/** A setting that may be absent. */
export const optional = <Value>(
  name: string,
  schema: z.ZodType<Value>,
  description: string,
): Setting<Value | undefined> => ({ name, schema: schema.optional(), description });

export const KB = 1024;
export const MB = 1024 * KB;
export const GB = 1024 * MB;

/** Text that `read` turns into a value. @param read throws, or returns undefined, for text that it cannot read */
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

/** 0 lets the system pick a free one. */
export const port = wholeNumber(0, 65_535);

/** `on` is true. */
export const onOff: z.ZodType<boolean> = z.enum(['off', 'on']).transform((given) => given === 'on');

/** `90s`, `3h`: milliseconds. */
export const duration = (isAllowed: (ms: number) => boolean, problem: string): z.ZodType<number> =>
  text(parseDuration, `must be ${DURATION_FORM}`).refine(isAllowed, problem);
