/** An error of the embedded PostgreSQL, worded for the person at the terminal: what failed, the evidence, what to do. */
export class EmbeddedPostgresError extends Error {
  override name = 'EmbeddedPostgresError';
}

const TAIL_LINES = 15;

const ADVICE: readonly (readonly [evidence: RegExp, advice: string])[] = [
  [/No space left on device|ENOSPC|disk quota/i, 'The disk is full: free some space, or choose another folder.'],
  [/Read-only file system|EROFS/i, 'The folder is on a read-only file system: choose another one.'],
  [/Permission denied|EACCES|EPERM/i, 'Give the user that runs this access to the folder, or choose another one.'],
  [/could not look up effective user ID/i, 'Run this as a user that has an entry in /etc/passwd.'],
  [/error while loading shared libraries/i, 'Install the named system library, then try again.'],
  [
    /Cannot allocate memory|could not (create|map|resize).*shared memory/i,
    'The machine has too little memory left for the database.',
  ],
  [
    /configuration file .* contains errors|invalid value for parameter|unrecognized configuration parameter/i,
    'A database setting is invalid: correct the one named above.',
  ],
];

/** Builds the error from what failed and what the program printed or logged. Known causes add advice. */
export function failure(what: string, output = '', cause?: unknown): EmbeddedPostgresError {
  const printed = output.trim().split('\n').slice(-TAIL_LINES).join('\n');
  const evidence = `${what}\n${output}`;
  const advice = ADVICE.filter(([pattern]) => pattern.test(evidence)).map(([, text]) => text);
  const lines = [what, ...(printed === '' ? [] : [printed]), ...advice];
  lines.push('To use a PostgreSQL of your own instead of the embedded one, set DATABASE_URL.');
  return new EmbeddedPostgresError(lines.join('\n'), cause === undefined ? undefined : { cause });
}

/** The code of a Node.js system error or of a PostgreSQL error, such as ENOENT or 57P03. */
export function errorCode(error: unknown): string | undefined {
  // No instanceof: in Jest, Node's own errors belong to another realm.
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

/** Awaits a file operation; undefined if the file does not exist. */
export async function ifExists<T>(operation: Promise<T>): Promise<T | undefined> {
  try {
    return await operation;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
