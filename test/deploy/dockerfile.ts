import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CONTEXT = fileURLToPath(new URL('../../', import.meta.url));

interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** The result of a Dockerfile, carried out in folders that stand for the file systems of its stages. */
export interface Built {
  /** The root of the last stage's file system. */
  readonly root: string;
  readonly env: Record<string, string>;
  readonly command: readonly string[];
  readonly healthcheck: readonly string[];
  readonly user: string;
  readonly workdir: string;
}

/**
 * Carries out the Dockerfile: COPY in every stage, limited by .dockerignore, and RUN in all stages except the last,
 * which runs in the base image. Instead of each base image, it uses the programs of this machine.
 */
export function buildWithoutDocker(dir: string, say: (line: string) => void): Built {
  const stages = new Map<string, string>();
  let [root, workdir, user] = ['', '/', 'root'];
  let env: Record<string, string> = {};
  let [command, healthcheck]: string[][] = [[], []];
  const instructions = parse(readFileSync(join(CONTEXT, 'Dockerfile'), 'utf8'));
  const lastFrom = instructions.findLastIndex(({ name }) => name === 'FROM');
  for (const [at, { name, text }] of instructions.entries()) {
    if (name === 'FROM') {
      const [, stage = `stage${stages.size}`] = / AS (\S+)/i.exec(text) ?? [];
      stages.set(stage, (root = join(dir, stage)));
      [workdir, env] = ['/', {}];
    } else if (name === 'WORKDIR') {
      mkdirSync(join(root, (workdir = text)), { recursive: true });
    } else if (name === 'ENV') {
      for (const [, key, value] of text.matchAll(/(\w+)=(\S+)/g)) env[key] = value;
    } else if (name === 'COPY') {
      copy(text, stages, join(root, workdir));
    } else if (name === 'RUN' && at < lastFrom) {
      const begun = performance.now();
      execFileSync('sh', ['-c', text], { cwd: join(root, workdir), stdio: ['ignore', 'ignore', 'inherit'] });
      say(`${((performance.now() - begun) / 1_000).toFixed(1)} s  ${text.replace(/\s+/g, ' ')}`);
    } else if (name === 'USER') {
      user = text;
    } else if (name === 'CMD') {
      command = JSON.parse(text) as string[];
    } else if (name === 'HEALTHCHECK') {
      healthcheck = JSON.parse(text.slice(text.indexOf('['))) as string[];
    }
  }
  return { root, env, command, healthcheck, user, workdir };
}

function parse(text: string): Instruction[] {
  const lines = text
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
    .split('\n');
  return lines.flatMap((line) => {
    const [, name, rest] = /^([A-Z]+)\s+(.*)$/.exec(line.trim()) ?? [];
    return name === undefined || rest === undefined ? [] : { name, text: rest };
  });
}

/** Copies a folder's contents into the target folder, as Docker does. */
function copy(text: string, stages: ReadonlyMap<string, string>, to: string): void {
  const [, from] = /^--from=(\S+)/.exec(text) ?? [];
  const paths = text.split(/\s+/).filter((word) => !word.startsWith('--'));
  const target = paths.pop()!;
  for (const path of paths) {
    const source = from === undefined ? join(CONTEXT, path) : join(stages.get(from)!, path);
    if (from === undefined && !isInContext(path)) throw new Error(`.dockerignore keeps ${path} out of the context`);
    if (!existsSync(source)) throw new Error(`COPY ${text}: ${path} does not exist`);
    const place = target.endsWith('/') ? join(to, target, basename(path)) : join(to, target);
    const filter = (file: string): boolean => from !== undefined || !file.endsWith('.spec.ts');
    cpSync(source, place, { recursive: true, filter, verbatimSymlinks: true });
  }
}

/** .dockerignore excludes everything and re-includes single names. */
function isInContext(path: string): boolean {
  const lines = readFileSync(join(CONTEXT, '.dockerignore'), 'utf8').split('\n');
  return lines.includes('*') && lines.includes(`!${path.split('/')[0]}`);
}
