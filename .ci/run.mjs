// Runs the suites of a list (default: .ci/suites.mjs), prints how long each took, and ends with `N passed, M failed`.
// A suite that fails, does not run or prints no counts is a failure.
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const { stages, minutes } = await import(pathToFileURL(resolve(process.argv[2] ?? '.ci/suites.mjs')).href);

const MINUTE_MS = 60_000;
const SUITE_MINUTES = 10;
/** How long a process group may take to end after SIGTERM. */
const GRACE_MS = 5_000;
const SLOWEST = 10;

const startedAt = Date.now();
const seconds = (since = startedAt) => ((Date.now() - since) / 1000).toFixed(0);
const say = (line) => process.stdout.write(`${line}\n`);

/** @type {{ suite: { name: string }, passed: number, failed: number, seconds: string, problem?: string, output: string }[]} */
const results = [];
const running = new Set();
let isBroken = false;

/** Sends a signal to the suite's process and all of its children. */
function signal(child, name) {
  try {
    process.kill(-child.pid, name);
  } catch {
    // The group has already ended.
  }
}

/** @returns output: stdout and stderr; said: stdout; problem: why the process itself failed */
function execute({ command: [program, ...args] }, limitMs) {
  return new Promise((done) => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    running.add(child);
    let [output, said, problem] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (data) => {
      output += data;
      said += data;
    });
    child.stderr.setEncoding('utf8').on('data', (data) => (output += data));
    const timer = setTimeout(() => {
      problem = `killed after ${(limitMs / 1000).toFixed(0)} s`;
      signal(child, 'SIGTERM');
      setTimeout(() => signal(child, 'SIGKILL'), GRACE_MS).unref();
    }, limitMs);
    child.on('error', (error) => {
      problem = `cannot be started: ${error.message}`;
      finish();
    });
    child.on('exit', (code, by) => {
      if (code !== 0) problem ??= code === null ? `ended by ${by}` : `exit code ${code}`;
      signal(child, 'SIGKILL'); // processes that it left behind
      // A daemon started by apt-get may keep the pipes open.
      setTimeout(finish, GRACE_MS).unref();
    });
    child.on('close', finish);
    function finish() {
      clearTimeout(timer);
      running.delete(child);
      for (const stream of [child.stdout, child.stderr]) stream.destroy();
      done({ output, said, problem });
    }
  });
}

function counted(suite, { output, said, problem }) {
  const isUnchecked = !suite.optional && /^NOT CHECKED/m.test(output);
  if (!suite.counts) {
    const reason = problem ?? (isUnchecked ? 'not checked' : undefined);
    return { passed: reason ? 0 : 1, failed: reason ? 1 : 0, problem: reason };
  }
  const [, passed, failed] = /^(\d+) passed, (\d+) failed$/.exec(said.trimEnd().split('\n').at(-1)) ?? [];
  if (passed === undefined) return { passed: 0, failed: 1, problem: problem ?? 'its last line has no counts' };
  const counts = { passed: Number(passed), failed: Number(failed) };
  const reason = problem ?? (counts.passed === 0 ? 'no test ran' : isUnchecked ? 'not checked' : undefined);
  // a failure that the suite itself did not count
  if (reason && counts.failed === 0) counts.failed = 1;
  return { ...counts, problem: reason ?? (counts.failed > 0 ? 'failed tests' : undefined) };
}

async function run(suite) {
  const leftMs = startedAt + minutes * MINUTE_MS - Date.now();
  if (isBroken || leftMs <= 0) {
    const why = isBroken ? 'a required suite failed' : 'the time is up';
    results.push({ suite, passed: 0, failed: 1, seconds: '0', problem: `NOT RUN: ${why}`, output: '' });
    return;
  }
  say(`== ${suite.name} (${seconds()})`);
  const since = Date.now();
  const ended = await execute(suite, Math.min(leftMs, (suite.minutes ?? SUITE_MINUTES) * MINUTE_MS));
  const result = { suite, ...counted(suite, ended), seconds: seconds(since), output: ended.output };
  results.push(result);
  if (result.failed > 0 && suite.required) isBroken = true;
  // printed at once, because suites run in parallel
  say(
    `\n${ended.output.trimEnd()}\n== ${suite.name}: ${result.problem ?? 'ok'}, took ${result.seconds} s (${seconds()})\n`,
  );
}

/** Lines `slow SECONDS s NAME`, printed by the Jest reporter of this repository. */
function slowestSpecs() {
  const lines = results.flatMap(({ output }) => [...output.matchAll(/^slow +([\d.]+) s +(\S.*)$/gm)]);
  return lines.sort(([, a], [, b]) => Number(b) - Number(a)).slice(0, SLOWEST);
}

for (const name of ['SIGINT', 'SIGTERM']) {
  process.once(name, () => {
    for (const child of running) signal(child, 'SIGKILL');
    process.exit(130);
  });
}

for (const lanes of stages) {
  await Promise.all(
    lanes.map(async (suites) => {
      for (const suite of suites) await run(suite);
    }),
  );
}

say('== seconds by suite');
for (const { suite, seconds: took, problem } of results)
  say(`${took.padStart(6)} s  ${suite.name}${problem ? `  FAILED: ${problem}` : ''}`);
say(`${seconds().padStart(6)} s  total`);
say('\n== the slowest specs');
for (const [, took, name] of slowestSpecs()) say(`${took.padStart(6)} s  ${name}`);
const sum = (key) => results.reduce((total, result) => total + result[key], 0);
const [passed, failed] = [sum('passed'), sum('failed')];
say(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
