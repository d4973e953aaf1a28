import { Client } from 'pg';

type OnConnected = (error: Error | null, client: Client) => void;

/**
 * pg leaves the connection open if the login fails, for example without the required password. PostgreSQL drops it only
 * after a minute, and until then no database can be created or dropped there. This client closes it at once.
 */
export class ClosingClient extends Client {
  override connect(): Promise<Client>;
  override connect(onConnected: OnConnected): void;
  override connect(onConnected?: OnConnected): Promise<Client> | void {
    // PostgreSQL may end the session before the pool adds its listener. An unhandled "error" would crash the process.
    this.on('error', () => {});
    const connecting = super.connect().catch((error: unknown) => {
      this.end().catch(() => {});
      throw error;
    });
    if (!onConnected) return connecting;
    connecting.then(
      () => onConnected(null, this),
      (error: Error) => onConnected(error, this),
    );
  }
}
