// Loaded into a process that is measured: when it exits, it leaves its peak memory in the file BENCH_PEAK_FILE.
import { writeFileSync } from 'node:fs';
import { peakMemoryMb } from '#bench/memory.js';

const file = process.env['BENCH_PEAK_FILE'];
if (file !== undefined) process.on('exit', () => writeFileSync(file, String(peakMemoryMb())));
