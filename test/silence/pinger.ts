/**
 * A thread that asks /livez again and again, so that what it measures is not what the main thread does meanwhile. It is sent
 * `begin`, and later `end`, upon which it says how long the longest answer took since.
 */
import { Agent, request } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';

const agent = new Agent({ keepAlive: true, maxSockets: 1 });
let longestMs = 0;
let askedAt = performance.now();

const ask = (): void => {
  askedAt = performance.now();
  const call = request(`${workerData as string}/livez`, { agent }, (response) => {
    response.resume().once('end', () => {
      longestMs = Math.max(longestMs, performance.now() - askedAt);
      setTimeout(ask, 1);
    });
  });
  call.on('error', () => {
    longestMs = Infinity;
    setTimeout(ask, 1);
  });
  call.end();
};
ask();

parentPort!.on('message', (what: 'begin' | 'end') => {
  if (what === 'begin') longestMs = 0;
  // one that is not answered yet counts too
  else parentPort!.postMessage(Math.max(longestMs, performance.now() - askedAt), []);
});
