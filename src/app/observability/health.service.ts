import { Injectable } from '@nestjs/common';
import { DomainError } from '#libs/errors.js';
import { Database } from '../../platform/database/database.js';
import { pendingMigrations } from '../../platform/database/orm.js';
import { Jobs } from '../../platform/jobs/jobs.js';
import { Storage } from '../../platform/storage/storage.js';
import { toDomainError } from '../../edge/errors/error-table.js';
import { Probe, ProbeTimeout } from './probe.js';
import { Readiness } from './readiness.js';

/** Less than what a container's health check waits for. */
const TIMEOUT_MS = 3_000;
/** Several who ask at once, or a fast one, cost no more than one. */
const FRESH_MS = 1_000;
/** As of any other request that finds the database away. */
const RETRY_AFTER_SECONDS = 5;

export const CHECKS = ['database', 'migrations', 'storage', 'queue'] as const;
export type CheckName = (typeof CHECKS)[number];

/** What a check found; a failed one says what in a sentence. */
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
    const probe = (look: () => Promise<void>): Probe<void> => new Probe(look, TIMEOUT_MS, FRESH_MS);
    this.probes = {
      database: probe(async () => void (await database.pool.query('select 1'))),
      migrations: probe(() => checkMigrations(database)),
      storage: probe(() => storage.check()),
      queue: probe(() => jobs.check()),
    };
  }

  /** Everything that the process needs, each looked at on its own. Answers within 3 s. */
  async checks(): Promise<Checks> {
    const found = await Promise.all(
      CHECKS.map(async (name) => [name, await outcome(this.probes[name], name)] as const),
    );
    return Object.fromEntries(found) as Checks;
  }

  /** @throws DomainError unavailable, with the checks, when the process cannot serve, or does not want to any longer */
  async ready(): Promise<Checks> {
    if (this.readiness.isStopping) throw new DomainError('unavailable', 'This process is stopping.');
    const checks = await this.checks();
    const problems = Object.values(checks).flatMap((check) => (check.status === 'failed' ? [check.detail] : []));
    if (problems.length > 0) {
      throw new DomainError('unavailable', [...new Set(problems)].join(' '), undefined, {
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
    if (error instanceof ProbeTimeout) return { status: 'failed', detail: `The ${name} check has ${error.message}.` };
    const { code, message } = toDomainError(error);
    // What nobody foresaw stays inside, as in any other answer.
    return { status: 'failed', detail: code === 'internal' ? `The ${name} check failed.` : message };
  }
}

async function checkMigrations({ pool }: Database): Promise<void> {
  const [first, ...others] = await pendingMigrations(pool);
  if (first === undefined) return;
  const what =
    others.length === 0 ? `The migration ${first} has` : `${first} and ${others.length} more migrations have`;
  throw new DomainError('unavailable', `${what} not run in this database. Run storewatch migrate.`);
}
