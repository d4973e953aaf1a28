import { type LogLevel, ConsoleLogger } from '@nestjs/common';
import type { Settings } from './config/settings.js';

const LOG_LEVELS: LogLevel[] = ['fatal', 'error', 'warn', 'log', 'debug'];

/** What Nest says about its own wiring at every start, and nobody needs. */
const WIRING = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
  'NestMicroservice',
]);

export class Log extends ConsoleLogger {
  constructor({ logLevel }: Settings) {
    super({ logLevels: LOG_LEVELS.slice(0, LOG_LEVELS.indexOf(logLevel) + 1), prefix: 'storewatch' });
  }

  override log(message: unknown, ...rest: unknown[]): void {
    if (!WIRING.has(String(rest.at(-1)))) super.log(message, ...(rest as [string]));
  }
}
