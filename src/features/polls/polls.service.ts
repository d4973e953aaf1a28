import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/clock.js';
import { Settings } from '../../platform/config/settings.js';
import type { BlockLayout } from '../../platform/database/block-layout.js';
import { BeforeHorizon } from '../../platform/database/retention-horizon.js';
import { Metrics, type PollSource } from '../../platform/metrics/metrics.js';
import { storeIdProblem, trimStoreId } from '../timezones/store-id.js';
import type { StoreKeys } from '../timezones/store-keys.js';
import { noStoreReason } from '../timezones/stores.repository.js';
import { TimezonesService } from '../timezones/timezones.service.js';
import { tooManyPolls } from '../../edge/limits/list-limits.js';
import { PollBatch } from './poll-batch.js';
import { type Problem, pollTimeProblem } from './poll-fields.js';
import { PollsByWeek, type WeekOfPolls } from './polls-by-week.js';
import { PollsRepository } from './polls.repository.js';

/** A poll as decoded by a transport, or the problem with it. */
export type PollInput = { storeId: string; active: boolean; polledAtMs: number } | Problem;

/** Why a poll of a batch was rejected. */
export interface RejectedPoll extends Problem {
  /** Position in the batch, from 0. */
  readonly index: number;
}

/** The outcome of a batch of `accepted + duplicate + rejected.length` polls. */
export interface IngestResult {
  readonly accepted: number;
  readonly duplicate: number;
  readonly rejected: readonly RejectedPoll[];
}

/** Ingests polls. */
@Injectable()
export class PollsService {
  /** The retention horizon as this process last saw it, epoch ms. It only moves forward. */
  private knownHorizonMs = -Infinity;

  constructor(
    private readonly polls: PollsRepository,
    private readonly timezones: TimezonesService,
    private readonly settings: Settings,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Adds a batch of polls. They are durable when this returns. Unusable polls are reported and the rest are accepted.
   * Safe to repeat.
   * @param source where the polls come from, for the metrics
   * @throws DomainError too_large when the batch has more than MAX_POLLS_PER_BATCH polls; none is written
   */
  async ingest(inputs: readonly PollInput[], source: PollSource = 'rest'): Promise<IngestResult> {
    if (inputs.length > this.settings.maxPollsPerBatch) throw tooManyPolls(String(inputs.length), this.settings);
    for (;;) {
      try {
        return await this.write(inputs, source);
      } catch (error) {
        if (!(error instanceof BeforeHorizon)) throw error;
        this.knownHorizonMs = error.horizonMs; // retention removed weeks since the last batch
      }
    }
  }

  private async write(inputs: readonly PollInput[], source: PollSource): Promise<IngestResult> {
    const nowMs = this.clock.nowMs();
    const usable = await this.timezones.usableStores(storeIdsOf(inputs));
    const rejected: RejectedPoll[] = [];
    const storeIds: string[] = [];
    const indexes = new Map<string, number>();
    const batch = new PollBatch();
    inputs.forEach((input, index) => {
      const problem =
        'reason' in input ? input : (problemOf(input, nowMs, this.knownHorizonMs) ?? unusable(input.storeId, usable));
      if (problem) {
        rejected.push({ index, field: problem.field, reason: problem.reason });
      } else if (!('reason' in input)) {
        const storeId = trimStoreId(input.storeId);
        let store = indexes.get(storeId);
        if (store === undefined) indexes.set(storeId, (store = storeIds.push(storeId) - 1));
        batch.add(store, input.polledAtMs, input.active);
      }
    });
    const accepted = await this.polls.write(await batch.sort(await this.timezones.resolve(storeIds)));
    const duplicate = inputs.length - rejected.length - accepted;
    this.metrics.countPolls(source, { inserted: accepted, duplicate, rejected: rejected.length });
    return { accepted, duplicate, rejected };
  }

  /**
   * Collects the polls of a file for `writeWeek`.
   * @param stores numbers the file's stores
   * @param folder for polls that do not fit into memory
   */
  collect(stores: StoreKeys, folder: string): PollsByWeek {
    const layout = (): Promise<BlockLayout> => this.polls.blockLayout();
    return new PollsByWeek((keys) => this.timezones.resolveKeys(stores, keys), folder, layout);
  }

  /** Writes the polls of a week durably. @returns how many were new or changed a known status */
  async writeWeek({ parts }: WeekOfPolls): Promise<number> {
    let changed = 0;
    for await (const polls of parts) changed += await this.polls.write(polls);
    return changed;
  }

  /** The first and last instant at which any store was polled; undefined without polls. */
  extent(): Promise<{ earliestMs: number; latestMs: number } | undefined> {
    return this.polls.extent();
  }

  /**
   * The default as-of, epoch ms: the latest poll, but never later than now. A poller's clock may be minutes ahead of
   * this one.
   */
  async defaultAsOfMs(): Promise<number> {
    const nowMs = this.clock.nowMs();
    return Math.min((await this.polls.extent())?.latestMs ?? nowMs, nowMs);
  }

  /** The retention horizon, epoch ms; -Infinity without one. Polls before it are no longer available. */
  horizonMs(): Promise<number> {
    return this.polls.horizonMs();
  }
}

/** The ids that a store may have. */
const storeIdsOf = (inputs: readonly PollInput[]): string[] =>
  [...new Set(inputs.flatMap((input) => ('reason' in input ? [] : trimStoreId(input.storeId))))].filter(
    (storeId) => !storeIdProblem(storeId),
  );

const unusable = (storeId: string, usable: ReadonlySet<string> | undefined): Problem | undefined =>
  !usable || usable.has(trimStoreId(storeId))
    ? undefined
    : { field: 'store_id', reason: noStoreReason(trimStoreId(storeId)) };

function problemOf(
  poll: { storeId: string; polledAtMs: number },
  nowMs: number,
  horizonMs: number,
): Problem | undefined {
  const idProblem = storeIdProblem(trimStoreId(poll.storeId));
  if (idProblem) return { field: 'store_id', reason: `the store_id ${idProblem}` };
  const timeProblem = pollTimeProblem(poll.polledAtMs, nowMs, horizonMs);
  return timeProblem ? { field: 'timestamp_utc', reason: timeProblem } : undefined;
}
