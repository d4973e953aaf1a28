import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The compiled program; the benchmark measures this. */
export const CLI = fileURLToPath(new URL('../dist/src/cli.js', import.meta.url));
export const PROTO_FOLDER = fileURLToPath(new URL('../proto', import.meta.url));

export function checkBuilt(): void {
  if (!existsSync(CLI)) throw new Error('dist/ is missing: run npm run build first. The benchmark does not build.');
}

/** A compiled module: `await compiled<typeof import('../src/app/start-server.js')>('src/app/start-server.js')`. */
export async function compiled<Module>(path: string): Promise<Module> {
  return (await import(new URL(`../dist/${path}`, import.meta.url).href)) as Module;
}
