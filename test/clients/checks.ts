import { isDeepStrictEqual } from 'node:util';

/** What was checked, in the order of the checks. */
export class Checks {
  private passed = 0;
  private failed = 0;

  /** One that throws has failed. */
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

  /** Prints the sum. @returns whether all is well */
  finish(): boolean {
    process.stdout.write(`${this.passed} passed, ${this.failed} failed\n`);
    return this.failed === 0 && this.passed > 0;
  }
}

export function equal(actual: unknown, expected: unknown, context = ''): void {
  if (isDeepStrictEqual(actual, expected)) return;
  throw new Error(`it is ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}\n${context}`);
}

export function matches(text: string, pattern: RegExp): void {
  if (!pattern.test(text)) throw new Error(`nothing matches ${pattern} in:\n${text}`);
}

const indented = (text: string): string => text.replace(/^/gm, '        ');
