import { hash } from '../../src/sample-data/random.js';

/** A response of the server; `broken`: the connection broke; `unanswered`: no response in UNANSWERED_MS. */
export type Answer = { readonly code: number; readonly text: string } | 'broken' | 'unanswered';

/** Polls at one instant, of the first stores of a client. No two batches have a poll in common. */
export interface Batch {
  readonly client: string;
  readonly stores: number;
  readonly atMs: number;
  isAcknowledged: boolean;
}

export interface SentPoll {
  readonly storeId: string;
  readonly atMs: number;
  readonly active: boolean;
}

/** The polls of a batch, both to send them and to look for them later. */
export function pollsOf({ client, stores, atMs }: Batch): SentPoll[] {
  return Array.from({ length: stores }, (_, i) => ({
    storeId: `${client}-${i}`,
    atMs,
    active: hash(atMs / 1000, i) % 10 > 2,
  }));
}

const BEGINNING_MS = Date.UTC(2024, 0, 1);
/** The time of the polls runs faster, so that hours and days are complete while the harness runs. */
const SPEED = 14_400;
const LATE_PERCENT = 10;
const LATEST_LATE_MS = 3 * 24 * 3_600_000;
const STEP_MS = 1_000;

/** What the clients have sent, and which of it was acknowledged. */
export class Ledger {
  readonly batches: Batch[] = [];
  /** Report ids in responses, by the client's idempotency key. */
  readonly reports = new Map<string, string>();
  /** Idempotency keys of requested reports. */
  readonly reportKeys: string[] = [];
  /** The time of each client's last acknowledgement, by performance.now(). */
  readonly lastAcknowledged = new Map<string, number>();
  /** Responses other than success and "try again", with their counts. */
  readonly wrongAnswers = new Map<string, number>();
  retries = 0;
  unanswered = 0;
  imports = 0;
  reads = 0;
  partialReads = 0;
  private readonly startedAt = performance.now();
  private readonly instants = new Set<string>();

  /** The next polls of a client. Some arrive late. */
  next(client: string, stores: number, draw: number): Batch {
    const elapsedMs = Math.floor(((performance.now() - this.startedAt) * SPEED) / STEP_MS) * STEP_MS;
    const lateMs = draw % 100 < LATE_PERCENT ? (draw % (LATEST_LATE_MS / STEP_MS)) * STEP_MS : 0;
    let atMs = Math.max(BEGINNING_MS, BEGINNING_MS + elapsedMs - lateMs);
    while (this.instants.has(`${client} ${atMs}`)) atMs += STEP_MS;
    this.instants.add(`${client} ${atMs}`);
    const batch: Batch = { client, stores, atMs, isAcknowledged: false };
    this.batches.push(batch);
    return batch;
  }

  acknowledge(client: string, batches: readonly Batch[] = []): void {
    for (const batch of batches) batch.isAcknowledged = true;
    this.lastAcknowledged.set(client, performance.now());
  }

  wrong(answer: string): void {
    this.wrongAnswers.set(answer, (this.wrongAnswers.get(answer) ?? 0) + 1);
  }

  get acknowledgedPolls(): number {
    return this.batches.reduce((sum, { isAcknowledged, stores }) => sum + (isAcknowledged ? stores : 0), 0);
  }
}
