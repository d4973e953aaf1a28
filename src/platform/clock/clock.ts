/** The only reader of now, so that a test can turn the clock. */
export class Clock {
  nowMs(): number {
    return Date.now();
  }
}
