import type { Scope } from '#bench/scope.js';
import { type Checks } from './checks.js';
import type { Server } from './running.js';

/** What every client is given. */
export interface World {
  readonly scope: Scope;
  readonly server: Server;
  readonly checks: Checks;
  /** With the scopes ingest and read. */
  readonly key: string;
  /** The authority of the server's certificate; undefined: it has none. */
  readonly ca?: string;
}
