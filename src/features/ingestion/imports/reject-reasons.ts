/** The rejected rows of an import with the same kind of reason. */
export interface RejectReason {
  /** The reason for the first row, with its value. */
  readonly reason: string;
  readonly rows: number;
  /** The line of the first row. */
  readonly firstLine: number;
}

/** Distinct kinds counted per import; any further kinds are counted together. */
const MAX_KINDS = 100;
const OTHER = 'another reason';

/** Counts a file's rejected rows by kind of reason, ignoring the values in the reasons. */
export class RejectReasons {
  private readonly byKind = new Map<string, { reason: string; rows: number; firstLine: number }>();

  add(line: number, reason: string): void {
    let kind = kindOf(reason);
    let known = this.byKind.get(kind);
    if (!known && this.byKind.size >= MAX_KINDS) {
      kind = OTHER;
      known = this.byKind.get(kind);
    }
    if (known) {
      known.rows++;
      known.firstLine = Math.min(known.firstLine, line);
    } else {
      this.byKind.set(kind, { reason: kind === OTHER ? OTHER : reason, rows: 1, firstLine: line });
    }
  }

  /** The most frequent reasons, most frequent first. */
  mostFrequent(limit: number): RejectReason[] {
    return [...this.byKind.values()].sort((a, b) => b.rows - a.rows || a.firstLine - b.firstLine).slice(0, limit);
  }
}

/** A reason without its quoted values, instants and numbers. (quoteValue cuts long values with an ellipsis.) */
const kindOf = (reason: string): string => reason.replace(/"(?:[^"\\…]|\\.)*["…]|\d[\d:.TZ-]*/g, '…');
