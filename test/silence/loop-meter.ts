/**
 * Loaded into the server with --import. Measures how long one turn of its event loop delays all others, in CPU time of
 * the thread, which other programs on the machine do not lengthen. After `begin` and `end`, it answers with the longest
 * turn between them, in ms. A number makes a turn of that many ms, to test the measurement.
 */
import { isMainThread } from 'node:worker_threads';

let isOn = false;
let longestUs = 0;
let turnBeganUs = 0;

const cpuUs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return user + system;
};

/** Runs once per turn. */
function note(): void {
  const nowUs = cpuUs();
  longestUs = Math.max(longestUs, nowUs - turnBeganUs);
  turnBeganUs = nowUs;
  if (isOn) setImmediate(note);
}

if (isMainThread) {
  process.on('message', (what: 'begin' | 'end' | number) => {
    if (typeof what === 'number') {
      const endUs = cpuUs() + what * 1_000;
      while (cpuUs() < endUs);
      return;
    }
    isOn = what === 'begin';
    if (isOn) {
      longestUs = 0;
      turnBeganUs = cpuUs();
      setImmediate(note);
    } else {
      note(); // including the current turn
      process.send!(longestUs / 1_000);
    }
  });
  // The channel does not keep the server running.
  process.channel!.unref();
}
