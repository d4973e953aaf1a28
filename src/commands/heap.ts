import { setFlagsFromString } from 'node:v8';

/**
 * Imported before anything else. Left alone, V8 lets its young generation grow with the garbage of two million parsed
 * rows, and the process with it: 400 MB instead of 250 MB while the published files are loaded, and no faster.
 */
setFlagsFromString('--max-semi-space-size=8');
