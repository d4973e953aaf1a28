import { join } from 'node:path';
import { DomainError, quoteValue } from '#libs/errors.js';
import type { StoragePlace } from '../storage/storage-url.js';
import { isLoopback } from './host.js';
import type { Setting } from './setting.js';
import { SETTINGS, type SettingValues, contradictions } from './settings-list.js';

/**
 * Settings whose values errors never show. DATABASE_URL and WEBHOOK_SECRET contain secrets. parseStorageUrl itself
 * quotes the safe parts of STORAGE_URL.
 */
const SECRET = new Set(['DATABASE_URL', 'STORAGE_URL', 'WEBHOOK_SECRET']);

/** Settings whose value depends on others. */
interface Derived {
  readonly storage: StoragePlace;
  /** Whether requests need an API key. */
  readonly apiKeys: boolean;
  /** Canonical (host.ts). Hosts besides loopback that a Host header may name while API keys are off. */
  readonly allowedHosts: readonly string[];
  /** Networks allowed in addition to public ones. */
  readonly webhookNetworks: readonly string[];
  /** Never more than keepPollsForMs. */
  readonly keepRollupsForMs: number;
  /** Whether traces are sent. */
  readonly traces: boolean;
}

type Values = Omit<SettingValues, keyof Derived> & Derived;

function derive(values: SettingValues): Values {
  const { httpHost, grpcHost, healthHost, healthPort } = values;
  const listensOn = [httpHost, grpcHost, ...(healthPort === undefined ? [] : [healthHost])];
  return {
    ...values,
    storage: values.storage ?? { kind: 'file', folder: join(values.home, 'storage') },
    apiKeys: values.apiKeys === 'auto' ? !listensOn.every(isLoopback) : values.apiKeys === 'on',
    allowedHosts: values.allowedHosts ?? [],
    webhookNetworks: values.webhookNetworks ?? [],
    keepRollupsForMs: values.keepRollupsForMs ?? values.keepPollsForMs,
    traces: values.traces !== undefined,
  };
}

/**
 * The process's settings, typed and validated; settings-list.ts describes each. Durations are in ms, Infinity if there
 * is no limit. This is the only reader of the environment, except the AWS SDK (S3Storage) and OpenTelemetry.
 */
export class Settings extends (Object as unknown as new () => Values) {
  private constructor(values: Values) {
    super();
    Object.assign(this, values);
  }

  /** The URL of a REST path as clients reach it: below PUBLIC_URL, or the path itself if that is not set. */
  linkTo(path: string): string {
    return `${this.publicUrl ?? ''}${path}`;
  }

  /** @throws DomainError invalid_argument, naming every invalid setting, its value and what would be right */
  static from(environment: Readonly<Record<string, string | undefined>>): Settings {
    const values: Record<string, unknown> = {};
    const problems: [name: string, problem: string][] = [];
    for (const [property, { name, schema }] of Object.entries<Setting<unknown>>(SETTINGS)) {
      const read = schema.safeParse(environment[name] || undefined);
      if (read.success) values[property] = read.data;
      else problems.push(...read.error.issues.map(({ message }): [string, string] => [name, message]));
    }
    if (problems.length === 0) problems.push(...contradictions(values as SettingValues));
    if (problems.length === 0) return new Settings(derive(values as SettingValues));
    const sentences = problems.map(([name, problem]) => {
      const isShown = !SECRET.has(name) && environment[name];
      return `${name}${isShown ? ` is ${quoteValue(environment[name])}` : ''}: ${problem}`;
    });
    throw new DomainError('invalid_argument', `Invalid settings. ${sentences.join('. ')}.`);
  }
}
