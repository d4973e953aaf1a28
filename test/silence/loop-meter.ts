/**
 * Loaded into the server with --import: measures how long one turn of its event loop keeps all others waiting, in CPU time of the
 * thread, which other programs on the machine do not lengthen. It is sent `begin`, and later `end`, upon which it answers with the
 * longest turn since, in ms. A number makes a turn of so many ms, to see that it is measured.
 */
import { isMainThread } from 'node:worker_threads';

let isOn = false;
let longestUs = 0;
let turnBeganUs = 0;

const cpuUs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return user + system;
};

/** Runs once in each turn. */
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
      note(); // of the turn that is not over yet
      process.send!(longestUs / 1_000);
    }
  });
  // the server ends when it is done, whoever may still ask
  process.channel!.unref();
}
