import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';
import { once } from 'node:events';
import { type Readable, Transform, type Writable } from 'node:stream';

export interface Network {
  /** The delay of every chunk, in each direction. */
  readonly latencyMs: number;
  /** The limit in each direction of each connection; Infinity for none. */
  readonly bytesPerSecond: number;
  /** Whether new connections are rejected. */
  readonly refuses: boolean;
}

const FINE: Network = { latencyMs: 0, bytesPerSecond: Infinity, refuses: false };

/** A TCP proxy that simulates network faults. It forwards the end of a connection, clean or not. */
export class Proxy {
  private network = FINE;
  private readonly pairs = new Set<Pair>();

  private readonly server: Server;
  private readonly targetPort: number;

  private constructor(server: Server, targetPort: number) {
    this.server = server;
    this.targetPort = targetPort;
  }

  static async to(targetPort: number): Promise<Proxy> {
    const server = createServer({ allowHalfOpen: true });
    const proxy = new Proxy(server, targetPort);
    server.on('connection', (client) => proxy.accept(client));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Sets the faults, also for existing connections. Omitted settings mean no fault. */
  set(network: Partial<Network>): void {
    this.network = { ...FINE, ...network };
  }

  /** Resets all existing connections (RST). */
  resetAll(): void {
    for (const pair of this.pairs) pair.reset();
  }

  /** Existing connections stay open on both sides forever and carry nothing. New ones work. */
  halfOpenAll(): void {
    for (const pair of this.pairs) pair.silence();
  }

  async close(): Promise<void> {
    this.server.close();
    this.resetAll();
    await once(this.server, 'close');
  }

  private accept(client: Socket): void {
    if (this.network.refuses) {
      client.on('error', () => {}).resetAndDestroy();
      return;
    }
    const target = connect({ port: this.targetPort, host: '127.0.0.1', allowHalfOpen: true });
    const pair = new Pair(client, target, () => this.network);
    this.pairs.add(pair);
    for (const socket of [client, target]) socket.once('close', () => this.pairs.delete(pair));
  }
}

class Pair {
  private readonly client: Socket;
  private readonly target: Socket;

  constructor(client: Socket, target: Socket, network: () => Network) {
    this.client = client;
    this.target = target;
    for (const [from, to] of [
      [client, target],
      [target, client],
    ] as const) {
      from.setNoDelay(true);
      from.on('error', () => this.reset());
      forward(from, to, network);
    }
  }

  reset(): void {
    this.client.resetAndDestroy();
    this.target.resetAndDestroy();
  }

  silence(): void {
    for (const socket of [this.client, this.target]) socket.unpipe().pause();
  }
}

function forward(from: Readable, to: Writable, network: () => Network): void {
  const slow = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const { latencyMs, bytesPerSecond } = network();
      const delayMs = latencyMs + (chunk.length / bytesPerSecond) * 1000;
      if (delayMs === 0) done(null, chunk);
      else setTimeout(done, delayMs, null, chunk);
    },
  });
  from.pipe(slow).pipe(to);
}
