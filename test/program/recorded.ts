import { Client } from 'pg';

/**
 * Every statement sent over any connection while `work` runs, COPY included. Each is listed once, with white space
 * collapsed.
 */
export async function recorded(work: () => Promise<void>): Promise<ReadonlySet<string>> {
  const statements = new Set<string>();
  const query: unknown = Reflect.get(Client.prototype, 'query');
  Reflect.set(Client.prototype, 'query', function (this: Client, ...args: unknown[]): unknown {
    const [first] = args;
    const text = typeof first === 'string' ? first : String(Reflect.get(first as object, 'text'));
    statements.add(text.replace(/\s+/g, ' ').trim());
    return Reflect.apply(query as () => unknown, this, args);
  });
  try {
    await work();
  } finally {
    Reflect.set(Client.prototype, 'query', query);
  }
  return statements;
}
