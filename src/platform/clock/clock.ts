/** The only source of the current time, so that tests can set it. */
export class Clock {
  nowMs(): number {
    return Date.now();
  }
}
