import { Injectable, Logger } from '@nestjs/common';
import { type RateLimiterRes, RateLimiterMemory } from 'rate-limiter-flexible';
import { DomainError } from '#libs/errors.js';
import { SECOND_MS } from '#libs/instant/instant.js';
import { Settings } from '../../platform/config/settings.js';
import { ApiKeysService } from './api-keys.service.js';
import type { Caller } from './scope.js';

/** While API keys are off. */
const ANYONE: Caller = { name: 'anyone', scopes: ['admin'] };

/** RFC 6750, 2.1 */
const BEARER_TOKEN = /^Bearer +(\S+)$/i;

/**
 * Wrong keys a second from one address, each of which costs a look at the database. Keys that were verified a moment ago
 * need no look, so that clients behind the same address go on.
 */
const MAX_WRONG_KEYS_PER_SECOND = 10;

/** Lets requests in: tells who sends them, and that they are not too many. Counts are of this process alone. */
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
   * @param address of the other end of the connection
   * @param authorization as the client sent it, or undefined
   * @throws DomainError unauthenticated, resource_exhausted
   */
  async admit(address: string, authorization: string | undefined): Promise<Caller> {
    const text = BEARER_TOKEN.exec(authorization ?? '')?.[1];
    if (!this.settings.apiKeys || text === undefined) {
      await this.admitStranger(address);
      if (!this.settings.apiKeys) return ANYONE;
      throw new DomainError('unauthenticated', 'There is no API key: send it as "Authorization: Bearer sw_...".');
    }
    const caller = this.keys.recall(text) ?? (await this.verify(text, address));
    await this.count(caller.name);
    return caller;
  }

  /** For what anyone may see. @throws DomainError resource_exhausted */
  async admitStranger(address: string): Promise<void> {
    await this.count(`address ${address}`);
  }

  private async verify(text: string, address: string): Promise<Caller> {
    const wrong = await this.wrongKeys.get(address);
    if (wrong && wrong.consumedPoints >= MAX_WRONG_KEYS_PER_SECOND) {
      throw tooMany(`More than ${MAX_WRONG_KEYS_PER_SECOND} wrong API keys a second from this address`, wrong);
    }
    const caller = await this.keys.verify(text);
    if (caller) return caller;
    const { consumedPoints } = await this.wrongKeys.penalty(address);
    // Once a second, so that nobody can fill the log.
    if (consumedPoints === 1) this.logger.warn(`A wrong API key came from ${address}.`);
    throw new DomainError('unauthenticated', 'The API key is unknown, revoked or expired.');
  }

  private async count(who: string): Promise<void> {
    await this.requests.consume(who).catch((result: RateLimiterRes) => {
      throw tooMany(
        `More than ${this.settings.maxRequestsPerSecond} requests a second (MAX_REQUESTS_PER_SECOND)`,
        result,
      );
    });
  }
}

function tooMany(what: string, { msBeforeNext }: RateLimiterRes): DomainError {
  const retryAfterSeconds = Math.max(1, Math.ceil(msBeforeNext / SECOND_MS));
  const message = `${what}; send again in ${retryAfterSeconds} s.`;
  return new DomainError('resource_exhausted', message, undefined, { retryAfterSeconds });
}
