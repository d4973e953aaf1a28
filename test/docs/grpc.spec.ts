import { expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';

/** The source file of each language's code block. */
const SOURCES: Record<string, string> = {
  ts: 'examples/typescript/client.ts',
  python: 'examples/python/client.py',
  json: 'examples/service-config.json',
};

it('docs/grpc.md shows the code of the examples unchanged', async () => {
  const page = await readFile('docs/grpc.md', 'utf8');
  const blocks = [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language, code]) => ({ language, code }));

  for (const [language, path] of Object.entries(SOURCES)) {
    const source = await readFile(path, 'utf8');
    const shown = blocks.filter((block) => block.language === language);
    expect(shown).not.toEqual([]);
    for (const { code } of shown) expect(source).toContain(code);
  }
});
