import { Client, escapeIdentifier } from 'pg';

/** Key of the advisory lock that every user of the server holds in shared mode: "storew" in ASCII. */
const IN_USE = '0x73746f726577';
/** Another program may listen on the port of a stopped server and never respond. */
const CONNECT_TIMEOUT_MS = 10_000;

export interface Address {
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/**
 * Shows all processes that this one uses the server: a shared advisory lock on a dedicated connection, held for as long
 * as the server is in use. It is held in the database `postgres`, which the application neither drops nor locks.
 */
export class Keeper {
  readonly #address: Address;
  #client: Client | undefined;
  #connecting: Promise<Client> | undefined;
  #leaving = false;
  #isLost = false;
  #onLost = (): void => {};

  private constructor(address: Address) {
    this.#address = address;
  }

  /** Also creates the application's database if the server does not have it yet. */
  static async connect(address: Address, database: string): Promise<Keeper> {
    const keeper = new Keeper(address);
    try {
      const client = await keeper.#connected();
      const found = await client.query('SELECT FROM pg_database WHERE datname = $1', [database]);
      if (found.rowCount === 0) await client.query(`CREATE DATABASE ${escapeIdentifier(database)}`);
    } catch (error) {
      await keeper.end();
      throw error;
    }
    return keeper;
  }

  /**
   * Releases the shared lock and reports whether any other process still uses the server. If none does, this keeps an
   * exclusive lock, so no process can join until end(). "gone" means that another process has already stopped the
   * server.
   */
  async leave(): Promise<'last' | 'others' | 'gone'> {
    this.#leaving = true;
    try {
      const client = await this.#connected();
      await client.query(`SELECT pg_advisory_unlock_shared(${IN_USE})`);
      const tried = await client.query<{ last: boolean }>(`SELECT pg_try_advisory_lock(${IN_USE}) AS last`);
      return tried.rows[0]?.last ? 'last' : 'others';
    } catch {
      return 'gone';
    }
  }

  /** Calls back when the connection is lost before leave() or end(): the server may have crashed. */
  whenLost(callback: () => void): void {
    this.#onLost = callback;
    if (this.#isLost) callback();
  }

  async end(): Promise<void> {
    this.#leaving = true;
    await this.#connecting?.catch(() => undefined);
    await this.#client?.end().catch(() => undefined);
  }

  async #connected(): Promise<Client> {
    if (this.#client !== undefined) return this.#client;
    this.#connecting ??= this.#connect().finally(() => (this.#connecting = undefined));
    return this.#connecting;
  }

  async #connect(): Promise<Client> {
    const client = new Client({
      ...this.#address,
      host: '127.0.0.1',
      database: 'postgres',
      ssl: false,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      application_name: 'storewatch keeper',
    });
    // A lost connection emits "error" before "end". An unhandled "error" would crash the process.
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query(`SELECT pg_advisory_lock_shared(${IN_USE})`);
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
    this.#client = client;
    client.once('end', () => {
      this.#client = undefined;
      if (this.#leaving) return;
      this.#isLost = true;
      this.#onLost();
    });
    return client;
  }
}
