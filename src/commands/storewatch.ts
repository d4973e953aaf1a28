import 'reflect-metadata';
import { expectBrokenPipe } from './broken-pipe.js';
import { runCommand } from './command-line.js';
import { stopOnSignal } from './interrupt.js';

expectBrokenPipe();
const exitCode = await runCommand(process.argv.slice(2), (name) => {
  if (name !== 'serve') stopOnSignal(); // the server handles signals itself
});
// 0 does not overwrite an exit code that the command or a broken pipe has set
if (exitCode !== 0) process.exitCode = exitCode;
