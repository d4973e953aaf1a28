import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';

export { resolveSource as resolve } from './resolve-source.mjs';

// Hooks of node:module. Node.js itself only strips types, which is not enough for decorators and parameter properties.

const OPTIONS = {
  swcrc: false,
  sourceMaps: 'inline',
  jsc: {
    target: 'es2024',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
  },
  module: { type: 'es6' },
};

export function load(url, context, next) {
  const [file] = url.split('?');
  if (!file.startsWith('file:') || !file.endsWith('.ts')) return next(url, context);
  const path = fileURLToPath(file);
  const { code } = transformSync(readFileSync(path, 'utf8'), { ...OPTIONS, filename: path, sourceFileName: path });
  return { format: 'module', source: code, shortCircuit: true };
}
