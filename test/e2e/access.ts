import { Clock } from '../../src/platform/clock/clock.js';
import { ApiKeysService } from '../../src/edge/access/api-keys.service.js';
import type { Scope } from '../../src/edge/access/scope.js';
import type { Storewatch } from './server.js';

/** Well-formed, but not a key of this server. */
export const WRONG_KEY = `sw_${'0'.repeat(12)}_${'A'.repeat(43)}`;

/** A clock that stands still until it is turned forward. */
export class TurnedClock extends Clock {
  private ms = super.nowMs();

  override nowMs(): number {
    return this.ms;
  }

  turn(ms: number): void {
    this.ms += ms;
  }
}

/** @returns the text of a new key */
export async function newKey(
  server: Storewatch,
  scopes: Scope[],
  validForMs?: number,
  filter?: string,
): Promise<string> {
  return (await server.app.get(ApiKeysService).create('a test', scopes, { validForMs, filter })).text;
}

export const idOf = (key: string): string => key.split('_')[1];

export const bearing = (key: string): { Authorization: string } => ({ Authorization: `Bearer ${key}` });
