import { isDeepStrictEqual } from 'node:util';

/** The results, in the order of the checks. */
export class Checks {
  private passed = 0;
  private failed = 0;

  /** A check fails if it throws. */
  async check(name: string, holds: () => Promise<void>): Promise<void> {
    try {
      await holds();
      this.passed++;
      process.stdout.write(`ok      ${name}\n`);
    } catch (error) {
      this.failed++;
      process.stdout.write(`FAILED  ${name}\n${indented(error instanceof Error ? error.message : String(error))}\n`);
    }
  }

  /** Prints the totals. @returns whether all checks passed */
  finish(): boolean {
    process.stdout.write(`${this.passed} passed, ${this.failed} failed\n`);
    return this.failed === 0 && this.passed > 0;
  }
}

export function equal(actual: unknown, expected: unknown, context = ''): void {
  if (isDeepStrictEqual(actual, expected)) return;
  throw new Error(`got ${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}\n${context}`);
}

export function matches(text: string, pattern: RegExp): void {
  if (!pattern.test(text)) throw new Error(`nothing matches ${pattern} in:\n${text}`);
}

const indented = (text: string): string => text.replace(/^/gm, '        ');
