import { Client } from 'pg';

type OnConnected = (error: Error | null, client: Client) => void;

/**
 * pg leaves a connection open on which it could not log in, as when a password is wanted and there is none. PostgreSQL gives it up
 * after a minute, and until then nobody can create or drop a database there.
 */
export class ClosingClient extends Client {
  override connect(): Promise<Client>;
  override connect(onConnected: OnConnected): void;
  override connect(onConnected?: OnConnected): Promise<Client> | void {
    // PostgreSQL may end the session at once, before the pool listens: unheard, that would end the process
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
