import 'reflect-metadata';
import { expectBrokenPipe } from './broken-pipe.js';
import { runCommand } from './command-line.js';
import { endInOrder } from './interrupt.js';

expectBrokenPipe();
const exitCode = await runCommand(process.argv.slice(2), (name) => {
  if (name !== 'serve') endInOrder(); // the server has an order of its own
});
// otherwise it stays what it is: the command may have set it, or a broken pipe
if (exitCode !== 0) process.exitCode = exitCode;
