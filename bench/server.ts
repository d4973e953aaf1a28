import { fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { benchScript, environment } from '#bench/run.js';
import { ended, type Scope } from '#bench/scope.js';

/** A command from the parent to the process in server-child.ts. */
export interface Question {
  readonly id: number;
  readonly ask: 'load' | 'rollup' | 'watch' | 'look';
  readonly dir?: string;
}

export interface Done {
  readonly id: number;
  /** Duration inside the process. */
  readonly seconds: number;
  readonly peakMb: number;
  /** Event loop delay since `watch`. */
  readonly loopP99Ms: number;
}

interface Ready {
  readonly id: 0;
  readonly httpUrl: string;
  readonly grpcAddress: string;
}

export type Answer = Done | Ready | { readonly id: number; readonly error: string };

interface Pending {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

const REPORT_DEADLINE_MS = 300_000;

/** The server under test. */
export class Server {
  readonly httpUrl: string;
  readonly grpcAddress: string;
  /** Stops the process gracefully. */
  readonly stop: () => Promise<void>;
  private readonly send: (question: Question) => Promise<Answer>;
  private lastId = 0;

  private constructor({ httpUrl, grpcAddress }: Ready, send: Server['send'], stop: Server['stop']) {
    this.httpUrl = httpUrl;
    this.grpcAddress = grpcAddress;
    this.send = send;
    this.stop = stop;
  }

  /** @param database settings of a database other than the embedded one */
  static async start(scope: Scope, home: string, database: NodeJS.ProcessEnv = {}): Promise<Server> {
    const waiting = new Map<number, Pending>();
    const answerOf = (id: number): Promise<Answer> =>
      new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
    const ready = answerOf(0);
    const child = fork(benchScript('server-child.ts'), [], {
      env: { ...environment(home), ...database },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    child.on('message', (answer: Answer) => {
      const pending = waiting.get(answer.id)!;
      waiting.delete(answer.id);
      if ('error' in answer) pending.reject(new Error(answer.error));
      else pending.resolve(answer);
    });
    child.once('exit', (code) => {
      for (const pending of waiting.values())
        pending.reject(new Error(`the server under test exited with code ${code}`));
    });
    const stop = scope.defer(async () => {
      if (child.connected) child.disconnect();
      await ended(child);
    });
    const addresses = (await ready) as Ready;
    const send = (question: Question): Promise<Answer> => {
      const answer = answerOf(question.id);
      child.send(question);
      return answer;
    };
    return new Server(addresses, send, stop);
  }

  async ask(ask: Question['ask'], dir?: string): Promise<Done> {
    const answer = await this.send({ id: ++this.lastId, ask, ...(dir !== undefined && { dir }) });
    return answer as Done;
  }

  /** @param asOf absent: as of the latest poll */
  async triggerReport(asOf?: string): Promise<string> {
    const response = await fetch(`${this.httpUrl}/trigger_report`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ as_of: asOf }),
    });
    if (response.status !== 202) throw new Error(`trigger_report answered ${response.status}`);
    return ((await response.json()) as { report_id: string }).report_id;
  }

  /** @returns seconds until the whole response arrived */
  async get(path: string): Promise<number> {
    const startedAt = performance.now();
    const response = await fetch(`${this.httpUrl}${path}`);
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${text}`);
    return (performance.now() - startedAt) / 1000;
  }

  /** Triggers a report and polls until its CSV is available. */
  async report(asOf?: string): Promise<{ seconds: number; csv: string }> {
    const startedAt = performance.now();
    const id = await this.triggerReport(asOf);
    for (;;) {
      const response = await fetch(`${this.httpUrl}/get_report?report_id=${id}`);
      const text = await response.text();
      const seconds = (performance.now() - startedAt) / 1000;
      if (response.headers.get('content-type')?.startsWith('text/csv')) return { seconds, csv: text };
      if (!response.ok || text.includes('"Failed"') || seconds * 1000 > REPORT_DEADLINE_MS) {
        throw new Error(`get_report: ${text}`);
      }
      await sleep(POLL_EVERY_MS);
    }
  }
}

/** Fine enough for durations of some hundred ms, and rare enough not to slow the report down. */
const POLL_EVERY_MS = 20;
