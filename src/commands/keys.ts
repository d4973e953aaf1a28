import { parseApiKey } from '../edge/access/api-key.js';
import { type ApiKey, isUsable } from '../edge/access/api-key.entity.js';
import { ApiKeysService } from '../edge/access/api-keys.service.js';
import { parseScopes } from '../edge/access/scope.js';
import { inProgram } from './program.js';
import { minute, printTable } from './table.js';

interface CreateOptions {
  readonly scopes: string;
  /** For how many ms. */
  readonly expires?: number;
}

/** `storewatch keys create`. The key alone goes to stdout, so that it can be piped to where it is kept. */
export async function createKey(name: string, { scopes: names, expires }: CreateOptions): Promise<void> {
  const scopes = parseScopes(names);
  const { text, key } = await inProgram((context) => context.get(ApiKeysService).create(name, scopes, expires));
  process.stderr.write(`The key ${key.id} of ${name}, for ${scopes.join(', ')}. It is not shown again:\n`);
  process.stdout.write(`${text}\n`);
}

const HEADER = ['id', 'name', 'scopes', 'created', 'last used', 'state'];

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
];

function state(key: ApiKey): string {
  if (key.revokedAt) return `revoked ${minute(key.revokedAt)}`;
  if (!key.expiresAt) return 'valid';
  return `${isUsable(key, Date.now()) ? 'valid until' : 'expired'} ${minute(key.expiresAt)}`;
}

/** `storewatch keys revoke`. Takes a whole key too, for one that was found where it should not be. */
export async function revokeKey(text: string): Promise<void> {
  const id = parseApiKey(text)?.id ?? text;
  await inProgram((context) => context.get(ApiKeysService).revoke(id));
  process.stdout.write(`The key ${id} is revoked. Servers that run know within 5 s.\n`);
}
