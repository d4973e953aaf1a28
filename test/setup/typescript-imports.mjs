import { registerHooks } from 'node:module';
import { resolveSource } from './resolve-source.mjs';

// For programs and child processes of tests, which Jest does not load. Node.js strips the types.
registerHooks({ resolve: resolveSource });
