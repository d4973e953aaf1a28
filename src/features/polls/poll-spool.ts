import { SpoolFile, type SpoolPiece } from '../../platform/storage/spool-file.js';

/** Polls that do not fit into memory, grouped by key: 16 bytes a poll, written and read once, in chunks. */
export class PollSpool {
  private readonly pieces = new Map<number, SpoolPiece[]>();

  private constructor(private readonly file: SpoolFile) {}

  /**
   * @param folder where the file is created; created if missing
   * @throws DomainError unavailable when the file system refuses the file, for example when the disk is full
   */
  static async open(folder: string): Promise<PollSpool> {
    return new PollSpool(await SpoolFile.open(folder, 'the import'));
  }

  /** All keys, ascending. */
  keys(): number[] {
    return [...this.pieces.keys()].sort((a, b) => a - b);
  }

  /**
   * @param polls pairs of a store's database id and an observation, as in PollBatch
   * @throws DomainError unavailable when the file system refuses the write, for example when the disk is full
   */
  async write(key: number, polls: Float64Array): Promise<void> {
    const piece = await this.file.append(new Uint8Array(polls.buffer, polls.byteOffset, polls.byteLength));
    const pieces = this.pieces.get(key);
    if (pieces) pieces.push(piece);
    else this.pieces.set(key, [piece]);
  }

  /** The polls written under a key, in chunks. */
  async *read(key: number): AsyncGenerator<Float64Array> {
    for (const piece of this.pieces.get(key) ?? []) {
      const bytes = new Uint8Array(piece.length);
      await this.file.read(piece, bytes);
      yield new Float64Array(bytes.buffer);
    }
  }

  close(): Promise<void> {
    return this.file.close();
  }
}
