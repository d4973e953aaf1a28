import { noStoreReason } from '../../timezones/stores.repository.js';
import { storeIdProblem } from '../../timezones/store-id.js';
import { fieldsOf } from './cells.js';
import { type Header, wantedFields } from './header.js';
import { shown } from './records.js';
import type { Reject } from './reject.js';
import type { TableFile } from './table-file.js';

/** A row of a store that has not been looked up yet. */
interface HeldRow {
  readonly storeId: string;
  readonly bytes: Buffer;
  readonly quoted: boolean;
  readonly line: number;
}

/**
 * The file of a caller that may see only some stores. It rejects the rows of the others, also if there is no such store, and passes
 * the rest on. Stores are looked up once, after each piece of the file, and until then their rows are held.
 */
export class VisibleRows implements TableFile {
  /** By store id: whether its rows are passed on. */
  private readonly isUsable = new Map<string, boolean>();
  private held: HeldRow[] = [];
  private rejects: (Reject & { readonly isRefused: boolean })[] = [];
  /** The line of the last row that was not passed on. */
  private refusedLine = -1;

  /** @param usable the ids among these of stores that the caller may see or add; undefined: all */
  constructor(
    private readonly file: TableFile,
    private readonly header: Header,
    private readonly usable: (storeIds: readonly string[]) => Promise<ReadonlySet<string> | undefined>,
  ) {}

  get accepted(): number {
    return this.file.accepted;
  }

  get refusal(): string | undefined {
    return this.file.refusal;
  }

  get requiresCompleteFile(): boolean {
    return this.file.requiresCompleteFile ?? false;
  }

  row(bytes: Buffer, start: number, end: number, quoted: boolean, line: number): string | undefined {
    const fields = wantedFields(this.header, fieldsOf(bytes, start, end, quoted, this.header.delimiter));
    const storeId = typeof fields === 'string' ? undefined : fields[0];
    // The file says what is wrong with such a row.
    if (storeId === undefined || storeIdProblem(storeId)) return this.file.row(bytes, start, end, quoted, line);
    const isUsable = this.isUsable.get(storeId);
    if (isUsable) return this.file.row(bytes, start, end, quoted, line);
    if (isUsable === undefined) {
      this.held.push({ storeId, bytes: Buffer.from(bytes.subarray(start, end)), quoted, line });
      return undefined;
    }
    this.refusedLine = line;
    return noStoreReason(storeId);
  }

  onRejected(line: number, text: string): void {
    if (line !== this.refusedLine) this.file.onRejected?.(line, text);
  }

  *late(): Generator<Reject> {
    const { rejects } = this;
    this.rejects = [];
    for (const { isRefused, ...reject } of rejects) {
      this.refusedLine = isRefused ? reject.line : -1;
      yield reject;
    }
    yield* this.file.late?.() ?? [];
  }

  async prepare(): Promise<void> {
    await this.lookUp();
    await this.file.prepare?.();
  }

  withdraw(reason?: string): Iterable<Reject> {
    return this.file.withdraw?.(reason) ?? [];
  }

  async flush(isLast: boolean): Promise<void> {
    await this.lookUp();
    await this.file.flush(isLast);
  }

  async warnings(): Promise<string[]> {
    return (await this.file.warnings?.()) ?? [];
  }

  async close(): Promise<void> {
    await this.file.close?.();
  }

  /** Looks up the stores of held rows, and passes the rows on or rejects them. */
  private async lookUp(): Promise<void> {
    const { held } = this;
    if (held.length === 0) return;
    this.held = [];
    const storeIds = [...new Set(held.map(({ storeId }) => storeId))];
    const usable = await this.usable(storeIds);
    for (const storeId of storeIds) this.isUsable.set(storeId, usable?.has(storeId) ?? true);
    for (const { bytes, quoted, line } of held) {
      const reason = this.row(bytes, 0, bytes.length, quoted, line);
      if (reason === undefined) continue;
      const isRefused = line === this.refusedLine;
      this.rejects.push({ line, reason, rawRow: shown(bytes, 0, bytes.length), isRefused });
    }
  }
}
