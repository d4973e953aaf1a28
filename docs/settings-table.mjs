// Writes the table of settings in docs/settings.md from the program's own description of them: npm run docs:settings.
// With --check it writes nothing and exits with 1 when the table is not what it would write. Needs dist/ (npm run build).
import { readFileSync, writeFileSync } from 'node:fs';
import { SETTINGS } from '../dist/src/platform/config/settings-list.js';

const PAGE = new URL('settings.md', import.meta.url);
const BLOCK = /(?<=<!-- settings -->\n)[^]*?(?=<!-- \/settings -->)/;

const rows = Object.values(SETTINGS).map(
  ({ name, fallback, description }) => `| \`${name}\` | ${fallback ? `\`${fallback}\`` : ''} | ${description} |`,
);
const table = `\n| Setting | Default | What it is |\n|---|---|---|\n${rows.join('\n')}\n\n`;

const before = readFileSync(PAGE, 'utf8');
if (!BLOCK.test(before)) throw new Error('docs/settings.md has no lines <!-- settings --> and <!-- /settings -->.');
const after = before.replace(BLOCK, () => table);

if (!process.argv.includes('--check')) {
  writeFileSync(PAGE, after);
} else if (after !== before) {
  process.stderr.write('The settings in docs/settings.md are not those of the program: run npm run docs:settings.\n');
  process.exitCode = 1;
}
