import type { Scope } from '#bench/scope.js';
import { type Checks } from './checks.js';
import type { Server } from './running.js';

/** What every client needs. */
export interface World {
  readonly scope: Scope;
  readonly server: Server;
  readonly checks: Checks;
  /** A key with the scopes ingest and read. */
  readonly key: string;
  /** The CA of the server's certificate; undefined without TLS. */
  readonly ca?: string;
}
