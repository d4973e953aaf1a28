import { Injectable } from '@nestjs/common';
import { DomainError } from '#libs/errors.js';
import { Database } from '../../platform/database/database.js';
import { pendingMigrations } from '../../platform/database/orm.js';
import { checkServes } from '../../platform/database/workers.js';
import { Jobs } from '../../platform/jobs/jobs.js';
import { Storage } from '../../platform/storage/storage.js';
import { toDomainError } from '../../edge/errors/error-table.js';
import { Probe, ProbeTimeout } from './probe.js';
import { Readiness } from './readiness.js';

/** Less than the timeout of a container's health check. */
const TIMEOUT_MS = 3_000;
/** A result is reused for this long, so that frequent probes cost no more than one. */
const FRESH_MS = 1_000;
/** The same as for any other request while the database is unavailable. */
const RETRY_AFTER_SECONDS = 5;

export const CHECKS = ['database', 'migrations', 'storage', 'queue'] as const;
export type CheckName = (typeof CHECKS)[number];

/** Result of a check. `detail` is a sentence that says what is wrong. */
export type Check = { readonly status: 'ok' } | { readonly status: 'failed'; readonly detail: string };
export type Checks = Readonly<Record<CheckName, Check>>;

/** Whether this process can do its work. */
@Injectable()
export class HealthService {
  private readonly probes: Readonly<Record<CheckName, Probe<void>>>;

  constructor(
    private readonly readiness: Readiness,
    database: Database,
    storage: Storage,
    jobs: Jobs,
  ) {
    const probe = (check: () => Promise<void>): Probe<void> => new Probe(check, TIMEOUT_MS, FRESH_MS);
    this.probes = {
      database: probe(() => checkServes(database.pool)),
      migrations: probe(() => checkMigrations(database)),
      storage: probe(() => storage.check()),
      queue: probe(() => jobs.check()),
    };
  }

  /** Runs all checks in parallel, within 3 s. */
  async checks(): Promise<Checks> {
    const found = await Promise.all(
      CHECKS.map(async (name) => [name, await outcome(this.probes[name], name)] as const),
    );
    return Object.fromEntries(found) as Checks;
  }

  /** @throws DomainError unavailable, with the checks, when the process cannot serve or is stopping */
  async ready(): Promise<Checks> {
    if (this.readiness.isStopping) throw new DomainError('unavailable', 'This process is stopping.');
    const checks = await this.checks();
    const problems = Object.values(checks).flatMap((check) => (check.status === 'failed' ? [check.detail] : []));
    if (problems.length > 0) {
      throw new DomainError('unavailable', [...new Set(problems)].join(' '), {
        details: { checks },
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      });
    }
    return checks;
  }
}

async function outcome(probe: Probe<void>, name: CheckName): Promise<Check> {
  try {
    await probe.read();
    return { status: 'ok' };
  } catch (error) {
    if (error instanceof ProbeTimeout)
      return { status: 'failed', detail: `The ${name} check failed: ${error.message}.` };
    const { code, message } = toDomainError(error);
    // The message of an internal error is never sent to clients.
    return { status: 'failed', detail: code === 'internal' ? `The ${name} check failed.` : message };
  }
}

async function checkMigrations({ pool }: Database): Promise<void> {
  const [first, ...others] = await pendingMigrations(pool);
  if (first === undefined) return;
  const what =
    others.length === 0 ? `The migration ${first} has` : `The migration ${first} and ${others.length} more have`;
  throw new DomainError('unavailable', `${what} not run in this database. Run storewatch migrate.`);
}
