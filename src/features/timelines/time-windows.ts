import { Injectable } from '@nestjs/common';
import { type DomainError, invalidArgument } from '#libs/errors.js';
import { formatDuration } from '#libs/instant/duration.js';
import { formatInstant } from '#libs/instant/instant.js';
import { readInstant } from '#libs/instant/read-instant.js';
import type { Interval } from '#libs/intervals/intervals.js';
import { Clock } from '../../platform/clock/clock.js';
import { beforeHorizonReason } from '../../platform/database/retention-horizon.js';
import { PollsService } from '../polls/polls.service.js';
import { isGiven } from '../../edge/input/input.js';

/** The names of a window's ends in a request, its default length and its maximum. */
export interface WindowRules {
  readonly from: string;
  readonly to: string;
  readonly defaultMs: number;
  readonly maxMs: number;
}

/** Reads the time window of a request. */
@Injectable()
export class TimeWindows {
  constructor(
    private readonly polls: PollsService,
    private readonly clock: Clock,
  ) {}

  /**
   * @param from text in one of INSTANT_FORMS; absent: `defaultMs` before `to`
   * @param to absent: PollsService.defaultAsOfMs
   * @param paged on a later page, the window of the first page, which replaces absent ends
   * @throws DomainError invalid_argument
   */
  async read(from: unknown, to: unknown, rules: WindowRules, paged?: Interval): Promise<Interval> {
    const endMs = isGiven(to)
      ? readInstant(rules.to, to, this.clock.nowMs(), 'lies in the future; now it is')
      : (paged?.endMs ?? (await this.polls.defaultAsOfMs()));
    const horizonMs = await this.polls.horizonMs();
    const startMs = isGiven(from)
      ? readInstant(rules.from, from, endMs, `is after ${rules.to},`)
      : (paged?.startMs ?? Math.max(endMs - rules.defaultMs, Math.min(horizonMs, endMs)));
    if (paged && (startMs !== paged.startMs || endMs !== paged.endMs)) throw ofAnotherWindow(rules, paged);
    if (startMs < horizonMs) {
      const field = isGiven(from) ? rules.from : rules.to;
      throw invalidArgument(field, `${field}: ${formatInstant(startMs)} is ${beforeHorizonReason(horizonMs)}.`);
    }
    if (endMs - startMs <= rules.maxMs) return { startMs, endMs };
    const longest = formatDuration(rules.maxMs);
    throw invalidArgument(
      rules.from,
      `${rules.from} must be at most ${longest} before ${rules.to}, got ${formatInstant(startMs)}.`,
    );
  }
}

const ofAnotherWindow = ({ from, to }: WindowRules, { startMs, endMs }: Interval): DomainError =>
  invalidArgument(
    'page_token',
    `page_token: belongs to a list with ${from}=${formatInstant(startMs)} and ${to}=${formatInstant(endMs)}; send these, or omit both.`,
  );
