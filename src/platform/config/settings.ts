import { join } from 'node:path';
import { DomainError, quoteValue } from '#libs/errors.js';
import type { StoragePlace } from '../storage/storage-url.js';
import { isLoopback } from './host.js';
import type { Setting } from './setting.js';
import { SETTINGS, type SettingValues, contradictions } from './settings-list.js';

/** Never shown: the URL of the database holds a password, and that of the storage says itself what can be shown. */
const SECRET = new Set(['DATABASE_URL', 'STORAGE_URL', 'WEBHOOK_SECRET']);

/** Settings whose value depends on others. */
interface Derived {
  readonly storage: StoragePlace;
  /** Whether requests need an API key. */
  readonly apiKeys: boolean;
  /** Canonical (host.ts): what a Host header may say besides loopback, while keys are off. */
  readonly allowedHosts: readonly string[];
  /** Besides public ones. */
  readonly webhookNetworks: readonly string[];
  /** At most keepPollsForMs. */
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

/** A class with all of the values as properties. */
const WithValues = class {
  constructor(values: Values) {
    Object.assign(this, values);
  }
} as new (values: Values) => Values;

/**
 * The process's settings, typed and checked: settings-list.ts has each with its meaning. Durations are milliseconds, Infinity
 * where there is no limit. The only reader of the environment, except the AWS SDK (S3Storage) and OpenTelemetry.
 */
export class Settings extends WithValues {
  /** The URL of a path of the REST interface as clients reach it: below PUBLIC_URL, or the path itself without one. */
  linkTo(path: string): string {
    return `${this.publicUrl ?? ''}${path}`;
  }

  /** @throws DomainError invalid_argument that names every setting at fault, its value and what would be right */
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
    throw new DomainError('invalid_argument', `The settings cannot be used. ${sentences.join('. ')}.`);
  }
}
