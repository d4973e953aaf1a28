import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The compiled program, which is what is measured. */
export const CLI = fileURLToPath(new URL('../dist/src/cli.js', import.meta.url));
export const PROTO_FOLDER = fileURLToPath(new URL('../proto', import.meta.url));

export function checkBuilt(): void {
  if (!existsSync(CLI)) throw new Error('There is no dist/: run npm run build first. The bench builds nothing.');
}

/** A compiled module: `await compiled<typeof import('../src/app/main.js')>('src/app/main.js')`. */
export async function compiled<Module>(path: string): Promise<Module> {
  return (await import(new URL(`../dist/${path}`, import.meta.url).href)) as Module;
}
