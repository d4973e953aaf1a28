// Preloaded into a measured process: on exit, writes its peak memory to the file in BENCH_PEAK_FILE.
import { writeFileSync } from 'node:fs';
import { peakMemoryMb } from '#bench/memory.js';

const file = process.env['BENCH_PEAK_FILE'];
if (file !== undefined) process.on('exit', () => writeFileSync(file, String(peakMemoryMb())));
