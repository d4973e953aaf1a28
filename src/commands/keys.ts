import { parseApiKey } from '../edge/access/api-key.js';
import { type ApiKey, isUsable } from '../edge/access/api-key.entity.js';
import { ApiKeysService } from '../edge/access/api-keys.service.js';
import { parseScopes } from '../edge/access/scope.js';
import { inProgram } from './in-program.js';
import { minute, printTable } from './table.js';

interface CreateOptions {
  readonly scopes: string;
  /** In ms. */
  readonly expires?: number;
  readonly filter?: string;
}

/** `storewatch keys create`. Only the key goes to stdout, so that it can be piped to a file or a secret store. */
export async function createKey(name: string, { scopes: names, expires, filter }: CreateOptions): Promise<void> {
  const scopes = parseScopes(names);
  const options = { validForMs: expires, filter };
  const { text, key } = await inProgram((context) => context.get(ApiKeysService).create(name, scopes, options));
  const limit = filter === undefined ? '' : `, limited to the stores ${filter}`;
  process.stderr.write(`Key ${key.id} of ${name}, scopes ${scopes.join(', ')}${limit}. It is not shown again:\n`);
  process.stdout.write(`${text}\n`);
}

const HEADER = ['id', 'name', 'scopes', 'created', 'last used', 'state', 'filter'];

/** `storewatch keys list`. */
export async function listKeys(): Promise<void> {
  const keys = await inProgram((context) => context.get(ApiKeysService).list());
  printTable(HEADER, keys.map(toRow));
}

const toRow = (key: ApiKey): string[] => [
  key.id,
  key.name,
  key.scopes.join(','),
  minute(key.createdAt),
  key.lastUsedAt ? minute(key.lastUsedAt) : 'never',
  state(key),
  key.filter ?? '',
];

function state(key: ApiKey): string {
  if (key.revokedAt) return `revoked ${minute(key.revokedAt)}`;
  if (!key.expiresAt) return 'valid';
  return `${isUsable(key, Date.now()) ? 'valid until' : 'expired'} ${minute(key.expiresAt)}`;
}

/** `storewatch keys rotate`. Also accepts a whole key. Only the new key goes to stdout. */
export async function rotateKey(given: string, { overlap }: { readonly overlap?: number }): Promise<void> {
  const { text, key } = await inProgram(async (context) => {
    const keys = context.get(ApiKeysService);
    return keys.rotate(parseApiKey(given)?.id ?? (await keys.idOf(given)), overlap);
  });
  const until = key.oldValidUntil ? minute(key.oldValidUntil) : 'now';
  process.stderr.write(
    `New secret of the key ${key.id} of ${key.name}. The old one is valid until ${until}. It is not shown again:\n`,
  );
  process.stdout.write(`${text}\n`);
}

/** `storewatch keys revoke`. Also accepts a whole key, for one that has leaked. */
export async function revokeKey(text: string): Promise<void> {
  const id = parseApiKey(text)?.id ?? text;
  await inProgram((context) => context.get(ApiKeysService).revoke(id));
  process.stdout.write(`Key ${id} is revoked. Running servers reject it within 5 s.\n`);
}
