import { Client } from 'pg';

/** A statement as the program sends it, with white space collapsed. */
export interface Sent {
  readonly text: string;
  /** The values of its parameters. */
  readonly values: readonly unknown[];
}

/** Every statement sent over any connection while `work` runs, COPY included, in order. */
export async function recordedCalls(work: () => Promise<void>): Promise<Sent[]> {
  const calls: Sent[] = [];
  const query: unknown = Reflect.get(Client.prototype, 'query');
  Reflect.set(Client.prototype, 'query', function (this: Client, ...args: unknown[]): unknown {
    const [first, second] = args;
    const of = (typeof first === 'string' ? { text: first, values: second } : first) as Partial<Sent>;
    const values = of.values ?? second;
    calls.push({
      text: String(of.text).replace(/\s+/g, ' ').trim(),
      values: Array.isArray(values) ? (values as unknown[]) : [],
    });
    return Reflect.apply(query as () => unknown, this, args);
  });
  try {
    await work();
  } finally {
    Reflect.set(Client.prototype, 'query', query);
  }
  return calls;
}

/** The texts of these statements, each once. */
export async function recorded(work: () => Promise<void>): Promise<ReadonlySet<string>> {
  return new Set((await recordedCalls(work)).map(({ text }) => text));
}
