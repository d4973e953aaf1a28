import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../../src/sample-data/random.js';
import { ingestOverGrpc } from './ingest.grpc.js';
import { type Answer, type Batch, type Ledger, type SentPoll, pollsOf } from './ledger.js';
import type { Fleet, Member } from './processes.js';
import { type Format, isWhole } from './report-file.js';

const CLIENTS = ['rest-1', 'rest-2', 'grpc-1', 'file-1'];
const STORES = 100;
const ZONES = ['America/New_York', 'Asia/Kolkata', 'UTC'];
const BATCHES_PER_IMPORT = 10;
const UNANSWERED_MS = 30_000;
const RETRY_MS = 200;
/** The pause between two requests of a client. */
const PAUSES_MS = { live: 150, import: 300, row: 100, report: 700, read: 100 };

/**
 * Clients that send polls, import files, request reports and read them. As clients should, they repeat failed requests.
 */
export class Traffic {
  private readonly loops: Promise<void>[];
  private isStopping = false;
  private givesUp = false;
  private stuck = 0;

  private readonly fleet: Fleet;
  private readonly ledger: Ledger;

  constructor(fleet: Fleet, ledger: Ledger, seed: number) {
    this.fleet = fleet;
    this.ledger = ledger;
    const clients: [string, number, (client: string, random: Random) => Promise<void>][] = [
      ['rest-1', PAUSES_MS.live, (client, random) => this.sendPolls(client, random)],
      ['rest-2', PAUSES_MS.live, (client, random) => this.sendPolls(client, random)],
      ['grpc-1', PAUSES_MS.live, (client, random) => this.streamPolls(client, random)],
      ['file-1', PAUSES_MS.import, (client, random) => this.importFile(client, random)],
      ['report-1', PAUSES_MS.report, (client, random) => this.triggerReport(client, random)],
      ['reader-1', PAUSES_MS.read, (client, random) => this.readReport(client, random)],
    ];
    this.loops = clients.map(async ([client, pauseMs, act], i) => {
      const random = new Random(seed * 100 + i);
      while (!this.isStopping) {
        await act(client, random);
        await sleep(pauseMs);
      }
    });
  }

  /** Waits until every client's current request is acknowledged, up to a time limit. @returns how many were not */
  async stop(patienceMs: number): Promise<number> {
    this.isStopping = true;
    const timer = setTimeout(() => (this.givesUp = true), patienceMs);
    await Promise.all(this.loops);
    clearTimeout(timer);
    return this.stuck;
  }

  /** Requests one more report. */
  async lastReport(): Promise<void> {
    await this.triggerReport('report-1', new Random(0));
  }

  private async sendPolls(client: string, random: Random): Promise<void> {
    const batch = this.ledger.next(client, STORES, random.next());
    const body = JSON.stringify({ polls: pollsOf(batch).map(toJson) });
    const answer = await this.repeated(client, ({ httpUrl }) => post(`${httpUrl}/v1/polls`, body));
    if (answer === undefined) return;
    const { accepted, duplicate } = JSON.parse(answer) as { accepted: number; duplicate: number };
    if (accepted + duplicate !== STORES) this.ledger.wrong(`polls not accepted: ${answer}`);
    this.ledger.acknowledge(client, [batch]);
  }

  private async streamPolls(client: string, random: Random): Promise<void> {
    const batch = this.ledger.next(client, STORES, random.next());
    const polls = pollsOf(batch);
    const send = ({ grpcAddress }: Member): Promise<Answer> => ingestOverGrpc(grpcAddress, polls, UNANSWERED_MS);
    if ((await this.repeated(client, send)) !== undefined) this.ledger.acknowledge(client, [batch]);
  }

  private async importFile(client: string, random: Random): Promise<void> {
    const batches = Array.from({ length: BATCHES_PER_IMPORT }, () => this.ledger.next(client, STORES, random.next()));
    const answer = await this.repeated(client, ({ httpUrl }) =>
      post(`${httpUrl}/v1/imports/store_status`, slowCsv(batches), { 'content-type': 'text/csv' }),
    );
    if (answer === undefined) return;
    const { accepted, duplicate } = JSON.parse(answer) as { accepted: number; duplicate: number };
    if (accepted + duplicate !== BATCHES_PER_IMPORT * STORES) this.ledger.wrong(`rows not accepted: ${answer}`);
    this.ledger.imports++;
    this.ledger.acknowledge(client, batches);
  }

  private async triggerReport(client: string, random: Random): Promise<void> {
    // Without a poll there is nothing to report.
    if (!this.ledger.batches.some(({ isAcknowledged }) => isAcknowledged)) return;
    const key = randomUUID();
    this.ledger.reportKeys.push(key);
    const format = ['csv', 'json', 'ndjson'][random.below(3)];
    const [path, body] = random.chance(50) ? ['/trigger_report', '{}'] : ['/v1/reports', JSON.stringify({ format })];
    const answer = await this.repeated(client, ({ httpUrl }) =>
      post(`${httpUrl}${path}`, body, { 'content-type': 'application/json', 'idempotency-key': key }),
    );
    if (answer === undefined) return;
    this.ledger.reports.set(key, (JSON.parse(answer) as { report_id: string }).report_id);
    this.ledger.acknowledge(client);
  }

  /** Reads one of the latest reports. If it gets no error, the file must be complete. */
  private async readReport(_client: string, random: Random): Promise<void> {
    const ids = [...this.ledger.reports.values()].slice(-5);
    const [api] = this.fleet.running('api');
    if (ids.length === 0 || !api) return;
    const url = `${api.httpUrl}/v1/reports/${ids[random.below(ids.length)]}`;
    const options = { signal: AbortSignal.timeout(UNANSWERED_MS) };
    try {
      const described = await fetch(url, options);
      if (!described.ok) return;
      const report = (await described.json()) as { status: string; format: Format; progress: { stores_total: number } };
      if (report.status !== 'Complete') return;
      const content = await fetch(`${url}/content`, options);
      if (content.status === 503 || content.status === 429) return;
      const text = await content.text();
      this.ledger.reads++;
      const stores = report.progress.stores_total;
      if (content.status === 200 && isWhole(text, report.format, stores)) return;
      this.ledger.partialReads++;
      this.ledger.wrong(`a complete report of ${stores} stores reads as ${content.status} ${text.slice(0, 200)}`);
    } catch {
      // The download was cut off, and the reader knows it.
    }
  }

  /** Sends to one API process after another until one acknowledges. @returns undefined if it gave up */
  private async repeated(client: string, send: (api: Member) => Promise<Answer>): Promise<string | undefined> {
    const apis = this.fleet.apis();
    for (let tries = client.length; !this.givesUp; tries++) {
      const answer = await send(apis[tries % apis.length]);
      if (answer === 'unanswered') this.ledger.unanswered++;
      else if (answer !== 'broken') {
        if (answer.code < 300) return answer.text;
        if (answer.code !== 503 && answer.code !== 429)
          this.ledger.wrong(`${client}: ${answer.code} ${answer.text.slice(0, 300)}`);
      }
      this.ledger.retries++;
      await sleep(RETRY_MS);
    }
    this.stuck++;
    return undefined;
  }
}

/** Hours and timezones for some stores of every client, and the stores themselves. */
export async function sendCalendars({ httpUrl }: Member): Promise<void> {
  const stores = CLIENTS.flatMap((client) => Array.from({ length: STORES }, (_, i) => `${client}-${i}`));
  const open = stores
    .filter((_, i) => i % 2 === 0)
    .flatMap((id) => [0, 2, 4, 5].map((day) => `${id},${day},09:00,21:30\n`));
  const files = {
    store_timezones: `store_id,timezone_str\n${stores.map((id, i) => `${id},${ZONES[i % ZONES.length]}\n`).join('')}`,
    business_hours: `store_id,dayOfWeek,start_time_local,end_time_local\n${open.join('')}`,
  };
  for (const [kind, csv] of Object.entries(files)) {
    const answer = await post(`${httpUrl}/v1/imports/${kind}`, csv, { 'content-type': 'text/csv' });
    if (typeof answer === 'string' || answer.code !== 201) throw new Error(`${kind}: ${JSON.stringify(answer)}`);
  }
}

/** Sends it slowly, so that faults occur during the upload. */
async function* slowCsv(batches: readonly Batch[]): AsyncGenerator<Uint8Array> {
  yield Buffer.from('store_id,status,timestamp_utc\n');
  for (const batch of batches) {
    const rows = pollsOf(batch).map((poll) => `${Object.values(toJson(poll)).join(',')}\n`);
    yield Buffer.from(rows.join(''));
    await sleep(PAUSES_MS.row);
  }
}

const toJson = ({ storeId, atMs, active }: SentPoll): Record<string, string> => ({
  store_id: storeId,
  status: active ? 'active' : 'inactive',
  timestamp_utc: new Date(atMs).toISOString(),
});

export async function post(
  url: string,
  body: string | AsyncIterable<Uint8Array>,
  headers: Record<string, string> = { 'content-type': 'application/json' },
): Promise<Answer> {
  const signal = AbortSignal.timeout(UNANSWERED_MS);
  try {
    const options = { method: 'POST', body, headers, signal, duplex: 'half' } as RequestInit;
    const response = await fetch(url, options);
    return { code: response.status, text: await response.text() };
  } catch {
    return signal.aborted ? 'unanswered' : 'broken';
  }
}
