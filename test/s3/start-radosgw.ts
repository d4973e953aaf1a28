import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface S3User {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** A running RADOS Gateway. */
export interface Radosgw {
  /** `http://127.0.0.1:port` */
  readonly endpoint: string;
  readonly user: S3User;
  /** The credentials of a user that owns nothing. */
  readonly stranger: S3User;
}

const PROGRAM = fileURLToPath(new URL('radosgw.ts', import.meta.url));
const IMPORTS = new URL('../setup/typescript-imports.mjs', import.meta.url).href;

/** Starts radosgw.ts as a separate process, which ends with this one. */
export async function startRadosgw(): Promise<Radosgw & { stop: () => Promise<void> }> {
  // In its own process group: a Ctrl-C is for the tests, which then close it.
  const child = spawn(process.execPath, ['--import', IMPORTS, PROGRAM], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const exited = once(child, 'exit');
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const { value } = (await lines.next()) as { value: string | undefined };
  if (value === undefined) {
    throw new Error('The RADOS Gateway did not start. Run test/s3/install-radosgw.sh first.');
  }
  return {
    ...(JSON.parse(value) as Radosgw),
    stop: async () => {
      child.stdin.end();
      await exited;
    },
  };
}
