import { z } from 'zod';
import { parseDuration } from '#libs/instant/duration.js';
import { DAY_MS } from '#libs/instant/instant.js';

const FOREVER = 'forever';

/** How long something is kept: Infinity for ever. */
const keepFor = z.string().transform((text, context) => {
  const ms = text === FOREVER ? Infinity : parseDuration(text);
  if (ms !== undefined && ms >= DAY_MS) return ms;
  context.addIssue({ code: 'custom', message: `must be ${FOREVER}, or 1d or more, such as 90d` });
  return z.NEVER;
});

/** A report of the last week needs what is kept, also when the latest poll is some days old. */
const keepFactsFor = keepFor.refine((ms) => ms >= 14 * DAY_MS, 'must be 14d or more');

/** How long what is kept, docs/retention.md. */
export const retention = {
  KEEP_REPORTS_FOR: keepFor
    .default(90 * DAY_MS)
    .describe(
      'How long files of reports are kept; what is known of a report stays as long again. A duration or `forever`.',
    ),
  KEEP_REPORTS: z
    .union([z.literal('all'), z.coerce.number().int().min(1).max(1_000_000)], 'must be `all` or from 1 to 1000000')
    .default('all')
    .describe('How many of the newest reports keep their files, or `all`.'),
  KEEP_SCHEDULED_FOR: keepFor
    .default(Infinity)
    .describe('How long files of schedules are kept, save the newest one of each. A duration or `forever`.'),
  KEEP_IMPORTS_FOR: keepFor
    .default(90 * DAY_MS)
    .describe('How long it is known what became of a file that was loaded, with its rejected rows.'),
  KEEP_POLLS_FOR: keepFactsFor
    .default(Infinity)
    .describe(
      'How long polls are kept, by whole weeks; nothing is reported of the time before, and no late poll taken.',
    ),
  KEEP_ROLLUPS_FOR: keepFactsFor
    .optional()
    .describe(
      'How long hourly and daily rollups are kept, at most as long as polls (the default); before that reports are computed from polls.',
    ),
};

/** The defaults as one would write them. */
export const retentionDefaults = {
  KEEP_REPORTS_FOR: '90d',
  KEEP_SCHEDULED_FOR: FOREVER,
  KEEP_IMPORTS_FOR: '90d',
  KEEP_POLLS_FOR: FOREVER,
} as const;

export function checkRetention(
  parsed: { KEEP_POLLS_FOR: number; KEEP_ROLLUPS_FOR?: number | undefined },
  context: z.RefinementCtx,
): void {
  if (parsed.KEEP_ROLLUPS_FOR === undefined || parsed.KEEP_ROLLUPS_FOR <= parsed.KEEP_POLLS_FOR) return;
  const message = 'must be at most KEEP_POLLS_FOR, since rollups are computed again from polls when the past changes';
  context.addIssue({ code: 'custom', path: ['KEEP_ROLLUPS_FOR'], message });
}
