import { styleText } from 'node:util';
import { DAY_MS, formatInstant } from '#libs/instant/instant.js';
import { Evidence } from '#libs/uptime/segments.js';
import { readBasis } from '../edge/input/input.js';
import { explanation } from '../features/timelines/explanation.js';
import { TimelinesService } from '../features/timelines/timelines.service.js';
import { inProgram } from './in-program.js';

interface ExplainOptions {
  /** Epoch ms. */
  readonly asOf?: number;
  readonly basis: string;
}

const COLOURS = {
  [Evidence.up]: 'green',
  [Evidence.carriedUp]: 'green',
  [Evidence.down]: 'red',
  [Evidence.carriedDown]: 'red',
  [Evidence.unknown]: 'gray',
} as const;

/** `storewatch explain`. */
export async function explain(storeId: string, { asOf, basis: basisName }: ExplainOptions): Promise<void> {
  const basis = readBasis(basisName);
  await inProgram(async (context, settings) => {
    const timelines = context.get(TimelinesService);
    const from = asOf === undefined ? undefined : formatInstant(asOf - 7 * DAY_MS);
    const week = await timelines.timeline(storeId, from, asOf === undefined ? undefined : formatInstant(asOf));
    const paint = (kind: Evidence, sign: string): string => styleText(COLOURS[kind], sign, { stream: process.stdout });
    for (const line of explanation(week, basis, settings.pollValidForMs, paint)) process.stdout.write(`${line}\n`);
  });
}
