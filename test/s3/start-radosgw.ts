import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface S3User {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** A RADOS Gateway that runs. */
export interface Radosgw {
  /** `http://127.0.0.1:port` */
  readonly endpoint: string;
  readonly user: S3User;
  /** Owns nothing. */
  readonly stranger: S3User;
}

const PROGRAM = fileURLToPath(new URL('radosgw.ts', import.meta.url));
const IMPORTS = new URL('../setup/typescript-imports.mjs', import.meta.url).href;

/** Starts radosgw.ts beside this process, and ends with it. */
export async function startRadosgw(): Promise<Radosgw & { stop: () => Promise<void> }> {
  // not in this process group: a Ctrl-C is for the tests, which then let go of it
  const child = spawn(process.execPath, ['--import', IMPORTS, PROGRAM], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const exited = once(child, 'exit');
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const { value } = (await lines.next()) as { value: string | undefined };
  if (value === undefined) {
    throw new Error('The RADOS Gateway did not start. Was test/s3/install-radosgw.sh run?');
  }
  return {
    ...(JSON.parse(value) as Radosgw),
    stop: async () => {
      child.stdin.end();
      await exited;
    },
  };
}
