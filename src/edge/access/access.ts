import { Injectable, Logger } from '@nestjs/common';
import { type RateLimiterRes, RateLimiterMemory } from 'rate-limiter-flexible';
import { DomainError } from '#libs/errors.js';
import { SECOND_MS } from '#libs/instant/instant.js';
import { Settings } from '../../platform/config/settings.js';
import { ApiKeysService } from './api-keys.service.js';
import type { Caller } from './scope.js';

/** The caller while API keys are off. */
const ANYONE: Caller = { name: 'anyone', scopes: ['admin'], isAnonymous: true };

/** RFC 6750, 2.1 */
const BEARER_TOKEN = /^Bearer +(\S+)$/i;

/**
 * Wrong keys per second from one address. Each one costs a database query. Recently verified keys need no query, so other
 * clients behind the same address are not affected.
 */
const MAX_WRONG_KEYS_PER_SECOND = 10;

/** Authenticates and rate-limits requests. Each process counts on its own. */
@Injectable()
export class Access {
  private readonly logger = new Logger('Access');
  private readonly requests: RateLimiterMemory;
  private readonly wrongKeys = new RateLimiterMemory({ points: MAX_WRONG_KEYS_PER_SECOND, duration: 1 });

  constructor(
    private readonly settings: Settings,
    private readonly keys: ApiKeysService,
  ) {
    this.requests = new RateLimiterMemory({ points: settings.maxRequestsPerSecond, duration: 1 });
  }

  /**
   * @param address       remote address of the connection
   * @param authorization the header as sent, or undefined
   * @throws DomainError unauthenticated, resource_exhausted
   */
  async admit(address: string, authorization: string | undefined): Promise<Caller> {
    const text = BEARER_TOKEN.exec(authorization ?? '')?.[1];
    if (!this.settings.apiKeys || text === undefined) {
      await this.admitAnonymous(address);
      if (!this.settings.apiKeys) return ANYONE;
      throw new DomainError(
        'unauthenticated',
        'The request has no API key; send one as "Authorization: Bearer sw_...".',
      );
    }
    const caller = this.keys.recall(text) ?? (await this.verify(text, address));
    await this.count(caller.name);
    return caller;
  }

  /** Admits a request that needs no key. @throws DomainError resource_exhausted */
  async admitAnonymous(address: string): Promise<void> {
    await this.count(`address ${address}`);
  }

  private async verify(text: string, address: string): Promise<Caller> {
    const wrong = await this.wrongKeys.get(address);
    if (wrong && wrong.consumedPoints >= MAX_WRONG_KEYS_PER_SECOND) {
      throw tooMany(`This address sent more than ${MAX_WRONG_KEYS_PER_SECOND} wrong API keys in a second`, wrong);
    }
    const caller = await this.keys.verify(text);
    if (caller) return caller;
    const { consumedPoints } = await this.wrongKeys.penalty(address);
    // Logged once a second, so that a client cannot fill the log.
    if (consumedPoints === 1) this.logger.warn(`Rejected a wrong API key from ${address}.`);
    throw new DomainError('unauthenticated', 'The API key is unknown, revoked or expired.');
  }

  private async count(who: string): Promise<void> {
    await this.requests.consume(who).catch((result: RateLimiterRes) => {
      throw tooMany(
        `More than ${this.settings.maxRequestsPerSecond} requests in a second (MAX_REQUESTS_PER_SECOND)`,
        result,
      );
    });
  }
}

function tooMany(what: string, { msBeforeNext }: RateLimiterRes): DomainError {
  const retryAfterSeconds = Math.max(1, Math.ceil(msBeforeNext / SECOND_MS));
  const message = `${what}; try again in ${retryAfterSeconds} s.`;
  return new DomainError('resource_exhausted', message, { retryAfterSeconds });
}
