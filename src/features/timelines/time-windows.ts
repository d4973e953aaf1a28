import { Injectable } from '@nestjs/common';
import { type DomainError, invalidArgument } from '#libs/errors.js';
import { formatDuration } from '#libs/instant/duration.js';
import { formatInstant } from '#libs/instant/instant.js';
import { readInstant } from '#libs/instant/read-instant.js';
import type { Interval } from '#libs/intervals/intervals.js';
import { Clock } from '../../platform/clock/clock.js';
import { keptReason } from '../../platform/database/retention-horizon.js';
import { PollsService } from '../polls/polls.service.js';
import { isGiven } from '../../edge/input/input.js';

/** What a request calls the two ends of its window, and how long that may be. */
export interface WindowRules {
  readonly from: string;
  readonly to: string;
  readonly defaultMs: number;
  readonly longestMs: number;
}

/** Reads the window of a request. */
@Injectable()
export class TimeWindows {
  constructor(
    private readonly polls: PollsService,
    private readonly clock: Clock,
  ) {}

  /**
   * @param from text as INSTANT_FORMS say; absent: `defaultMs` before `to`
   * @param to   absent: that of PollsService.defaultAsOfMs
   * @param paged the window of the list's first page, when this is a later one: it takes the place of what is absent
   * @throws DomainError invalid_argument
   */
  async read(from: unknown, to: unknown, rules: WindowRules, paged?: Interval): Promise<Interval> {
    const endMs = isGiven(to)
      ? readInstant(rules.to, to, this.clock.nowMs(), 'lies in the future; now it is')
      : (paged?.endMs ?? (await this.polls.defaultAsOfMs()));
    const keptFromMs = await this.polls.keptFromMs();
    const startMs = isGiven(from)
      ? readInstant(rules.from, from, endMs, `is after ${rules.to},`)
      : (paged?.startMs ?? Math.max(endMs - rules.defaultMs, Math.min(keptFromMs, endMs)));
    if (paged && (startMs !== paged.startMs || endMs !== paged.endMs)) throw ofAnotherWindow(rules, paged);
    if (startMs < keptFromMs) {
      const field = isGiven(from) ? rules.from : rules.to;
      throw invalidArgument(field, `${field}: ${formatInstant(startMs)} is ${keptReason(keptFromMs)}.`);
    }
    if (endMs - startMs <= rules.longestMs) return { startMs, endMs };
    const longest = formatDuration(rules.longestMs);
    throw invalidArgument(
      rules.from,
      `${rules.from}: lies more than ${longest} before ${rules.to}; ask for less at once.`,
    );
  }
}

const ofAnotherWindow = ({ from, to }: WindowRules, { startMs, endMs }: Interval): DomainError =>
  invalidArgument(
    'page_token',
    `page_token: belongs to a list with ${from}=${formatInstant(startMs)} and ${to}=${formatInstant(endMs)}; send these, or leave both out.`,
  );
