/** Rows of one import that were rejected for one kind of reason. */
export interface RejectReason {
  /** That of the first row, with its value. */
  readonly reason: string;
  readonly rows: number;
  /** Where the first row stands. */
  readonly firstLine: number;
}

/** Kinds that are told apart in one import; what comes after them is counted together. */
const MAX_KINDS = 100;
const OTHER = 'another reason';

/** Counts the rejected rows of a file by reason, whatever values the reasons name. */
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

  /** The most frequent ones first. */
  most(limit: number): RejectReason[] {
    return [...this.byKind.values()].sort((a, b) => b.rows - a.rows || a.firstLine - b.firstLine).slice(0, limit);
  }
}

/** A reason without the value, the instant or the number that it names (quoteValue cuts long values with an ellipsis). */
const kindOf = (reason: string): string => reason.replace(/"(?:[^"\\…]|\\.)*["…]|\d[\d:.TZ-]*/g, '…');
