import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/clock.js';
import { Settings } from '../../platform/config/settings.js';
import { BeforeHorizon } from '../../platform/database/retention-horizon.js';
import { Metrics, type PollSource } from '../../platform/metrics/metrics.js';
import { storeIdProblem, trimStoreId } from '../timezones/store-id.js';
import { TimezonesService } from '../timezones/timezones.service.js';
import { tooManyPolls } from '../../edge/limits/list-limits.js';
import { PollBatch } from './poll-batch.js';
import { type Problem, pollTimeProblem } from './poll-fields.js';
import type { WeekOfPolls } from './polls-by-week.js';
import { PollsRepository } from './polls.repository.js';

/** A poll as a transport has decoded it, or what is wrong with it. */
export type PollInput = { storeId: string; active: boolean; polledAtMs: number } | Problem;

/** Why a poll of a batch was not taken. */
export interface RejectedPoll extends Problem {
  /** Place in the batch, from 0. */
  readonly index: number;
}

/** What became of a batch: `accepted + duplicate + rejected.length` polls. */
export interface IngestResult {
  readonly accepted: number;
  readonly duplicate: number;
  readonly rejected: readonly RejectedPoll[];
}

/** Takes in polls. */
@Injectable()
export class PollsService {
  /** From when on polls are kept, as far as this process has heard: it only gets later. */
  private keptMs = -Infinity;

  constructor(
    private readonly polls: PollsRepository,
    private readonly timezones: TimezonesService,
    private readonly settings: Settings,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Adds a batch of polls; they are durable when this returns. Those that cannot be used are named, the others are
   * taken. A repeat is safe.
   * @param source where they come from, for the metrics
   * @throws DomainError too_large when the batch holds more polls than MAX_POLLS_PER_BATCH; nothing is taken then
   */
  async ingest(inputs: readonly PollInput[], source: PollSource = 'rest'): Promise<IngestResult> {
    if (inputs.length > this.settings.maxPollsPerBatch) throw tooManyPolls(String(inputs.length), this.settings);
    for (;;) {
      try {
        return await this.write(inputs, source);
      } catch (error) {
        if (!(error instanceof BeforeHorizon)) throw error;
        this.keptMs = error.horizonMs; // weeks were removed since the last batch
      }
    }
  }

  private async write(inputs: readonly PollInput[], source: PollSource): Promise<IngestResult> {
    const nowMs = this.clock.nowMs();
    const rejected: RejectedPoll[] = [];
    const storeIds: string[] = [];
    const indexes = new Map<string, number>();
    const batch = new PollBatch();
    inputs.forEach((input, index) => {
      const problem = 'reason' in input ? input : problemOf(input, nowMs, this.keptMs);
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

  /** Adds the polls of a week, durably. @returns how many changed what is known */
  async writeWeek({ parts }: WeekOfPolls): Promise<number> {
    let changed = 0;
    for await (const polls of parts) changed += await this.polls.write(polls);
    return changed;
  }

  /** The first and last instant at which any store was polled; undefined when there are no polls. */
  extent(): Promise<{ earliestMs: number; latestMs: number } | undefined> {
    return this.polls.extent();
  }

  /**
   * The as-of of whatever names none, epoch ms: the latest poll, but never later than now. A poll may be some minutes ahead of
   * this clock, and nothing can be known as of the future.
   */
  async defaultAsOfMs(): Promise<number> {
    const nowMs = this.clock.nowMs();
    return Math.min((await this.polls.extent())?.latestMs ?? nowMs, nowMs);
  }

  /** From when on polls are kept, epoch ms; -Infinity: all of them. What is asked about the time before cannot be answered. */
  horizonMs(): Promise<number> {
    return this.polls.horizonMs();
  }
}

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
