import { describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** A command that prints these lines. */
const says = (line: string, code = 0): string[] => ['sh', '-c', `printf '%s\\n' "$1"; exit ${code}`, 'sh', line];

/** Runs `.ci/run` with a list of suites in place of the real ones. */
async function run(stages: object[][][], minutes = 1): Promise<{ code: unknown; lines: string[] }> {
  const dir = await mkdtemp(join(tmpdir(), 'storewatch-ci-'));
  try {
    const list = join(dir, 'suites.mjs');
    await writeFile(list, `export const minutes = ${minutes};\nexport const stages = ${JSON.stringify(stages)};\n`);
    const child = spawn(process.execPath, ['.ci/run.mjs', list], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [out, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    return { code, lines: out.trimEnd().split('\n') };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

const unit = { name: 'unit', command: says('12 passed, 0 failed'), counts: true };
const built = { name: 'build', command: says('built') };

describe('.ci/run', () => {
  it('adds up the counts of all suites, and one for each step', async () => {
    const browser = { name: 'browser', command: says('ok  a page\n3 passed, 0 failed\n'), counts: true };
    const { code, lines } = await run([[[built]], [[unit], [browser]]]);
    expect(lines.at(-1)).toBe('16 passed, 0 failed');
    expect(code).toBe(0);
  });

  it.each([
    ['has failed tests', { command: says('2 passed, 3 failed', 1) }, '15 passed, 3 failed', 'exit code 1'],
    [
      'reports failed tests but exits with 0',
      { command: says('2 passed, 3 failed') },
      '15 passed, 3 failed',
      'failed tests',
    ],
    ['fails without failed tests', { command: says('2 passed, 0 failed', 1) }, '15 passed, 1 failed', 'exit code 1'],
    ['prints no counts', { command: says('all is well') }, '13 passed, 1 failed', 'its last line has no counts'],
    [
      'prints more after its counts',
      { command: says('2 passed, 0 failed\nlater') },
      '13 passed, 1 failed',
      '.*no counts',
    ],
    ['prints nothing', { command: says('') }, '13 passed, 1 failed', 'its last line has no counts'],
    ['runs no test', { command: says('0 passed, 0 failed') }, '13 passed, 1 failed', 'no test ran'],
    ['does not exist', { command: ['./no-such-suite'] }, '13 passed, 1 failed', 'cannot be started: .*ENOENT'],
    [
      'prints NOT CHECKED',
      { command: says('NOT CHECKED: no promtool\n1 passed, 0 failed') },
      '14 passed, 1 failed',
      'not checked',
    ],
    ['exceeds its time limit', { command: ['sleep', '60'], minutes: 0.01 }, '13 passed, 1 failed', 'killed after'],
  ])('fails when a suite %s, and runs the others', async (_, suite, last, problem) => {
    const { code, lines } = await run([[[built, { name: 'odd', counts: true, ...suite }, unit]]]);
    expect(lines.at(-1)).toBe(last);
    expect(code).toBe(1);
    expect(lines.join('\n')).toMatch(new RegExp(` s {2}odd {2}FAILED: ${problem}`));
  });

  it('fails when a step fails, or when a step that is not optional prints NOT CHECKED', async () => {
    const audit = { name: 'audit', command: says('NOT CHECKED: no registry'), optional: true };
    const compose = { name: 'compose', command: says('NOT CHECKED: no compose') };
    const { code, lines } = await run([[[{ name: 'lint', command: says('bad', 2) }, audit, compose, unit]]]);
    expect(lines.at(-1)).toBe('13 passed, 2 failed');
    expect(code).toBe(1);
  });

  it('counts each suite that was not run as failed', async () => {
    const { code, lines } = await run([[[{ name: 'npm ci', command: says('', 1), required: true }, built]], [[unit]]]);
    expect(lines.at(-1)).toBe('0 passed, 3 failed');
    expect(lines.join('\n')).toMatch(/unit {2}FAILED: NOT RUN: a required suite failed/);
    expect(code).toBe(1);
    const late = await run([[[unit]]], 0);
    expect(late.lines.at(-1)).toBe('0 passed, 1 failed');
    expect(late.lines.join('\n')).toMatch(/unit {2}FAILED: NOT RUN: the time is up/);
  });

  it('does not wait for a daemon that a suite has started', async () => {
    const command = ['sh', '-c', 'setsid sleep 600 & echo "daemon $!"; echo "1 passed, 0 failed"'];
    const { lines } = await run([[[{ name: 'apt-get', command, counts: true }]]]);
    process.kill(Number(/^daemon (\d+)$/m.exec(lines.join('\n'))![1]));
    expect(lines.at(-1)).toBe('1 passed, 0 failed');
  });

  it('lists the slowest specs of all suites', async () => {
    const s3 = {
      name: 's3',
      command: says('slow   12.5 s  b.spec.ts\nslow    1.0 s  c.spec.ts\n2 passed, 0 failed'),
      counts: true,
    };
    const jest = { name: 'jest', command: says('slow    7.0 s  a.spec.ts\n1 passed, 0 failed'), counts: true };
    const { lines } = await run([[[s3, jest]]]);
    expect(lines.slice(lines.indexOf('== the slowest specs') + 1, -2)).toEqual([
      '  12.5 s  b.spec.ts',
      '   7.0 s  a.spec.ts',
      '   1.0 s  c.spec.ts',
    ]);
  });
});
