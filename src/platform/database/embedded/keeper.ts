import { Client, escapeIdentifier } from 'pg';

/** The key of the advisory lock that everybody who uses the server shares: "storew" in ASCII. */
const IN_USE = '0x73746f726577';
/** Something else may listen on the port of a server that is gone, and say nothing. */
const CONNECT_TIMEOUT_MS = 10_000;

export interface Address {
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/**
 * The sign, visible to all processes, that this one uses the server: a shared advisory lock, held by a connection of
 * its own for as long. It is held in the database `postgres`, which the application neither drops nor locks in.
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
   * Takes the sign down, and tells whether that left nobody. If so, everybody else is kept out until end().
   * A server that cannot be reached any more has been stopped by somebody else.
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

  /** Calls back when the connection is lost, without anybody having left: the server may have died. */
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
    // a lost connection reports an error, which nobody else would handle, and then its end
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
