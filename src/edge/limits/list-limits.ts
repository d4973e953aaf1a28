import { DomainError, invalidArgument } from '#libs/errors.js';
import type { Settings } from '../../platform/config/settings.js';

/** Items that a list in a request may have, unless its reader allows fewer. The longest is the stores of a report. */
const MAX_ITEMS = 10_000;

/** The list of polls has its own setting. */
const POLLS = 'polls';

type Limits = Pick<Settings, 'maxPollsPerBatch'>;

/** How many items a list in this field may have, over REST and gRPC. */
export const maxItems = (field: string, { maxPollsPerBatch }: Limits): number =>
  field === POLLS ? maxPollsPerBatch : MAX_ITEMS;

export const tooManyItems = (field: string, count: string, limits: Limits): DomainError =>
  field === POLLS
    ? tooManyPolls(count, limits)
    : invalidArgument(field, `${field} must have at most ${MAX_ITEMS} items, got ${count}.`);

export const tooManyPolls = (count: string, { maxPollsPerBatch }: Limits): DomainError =>
  new DomainError(
    'too_large',
    `A batch must have at most ${maxPollsPerBatch} polls (MAX_POLLS_PER_BATCH), got ${count}. Send several batches.`,
    { field: POLLS },
  );
