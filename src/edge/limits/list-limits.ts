import { DomainError, invalidArgument } from '#libs/errors.js';
import type { Settings } from '../../platform/config/settings.js';

/** What a list in a request may have, where nothing says less: ids of stores for a report. */
const MAX_ITEMS = 10_000;

/** A list of polls has a setting of its own. */
const POLLS = 'polls';

type Limits = Pick<Settings, 'maxPollsPerBatch'>;

/** How many items a list may have in that field of a request, over REST and gRPC. */
export const maxItems = (field: string, { maxPollsPerBatch }: Limits): number =>
  field === POLLS ? maxPollsPerBatch : MAX_ITEMS;

/** @param count how many items it has */
export const tooManyItems = (field: string, count: string, limits: Limits): DomainError =>
  field === POLLS
    ? tooManyPolls(count, limits)
    : invalidArgument(field, `${field}: has ${count} items; ${MAX_ITEMS} are allowed.`);

export const tooManyPolls = (count: string, { maxPollsPerBatch }: Limits): DomainError =>
  new DomainError(
    'too_large',
    `The batch holds ${count} polls; ${maxPollsPerBatch} are allowed (MAX_POLLS_PER_BATCH). Send several batches.`,
    POLLS,
  );
