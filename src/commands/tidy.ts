import { RetentionService } from '../features/retention/retention.service.js';
import { inProgram } from './program.js';

/** `storewatch tidy`. */
export async function tidy({ dryRun }: { readonly dryRun: boolean }): Promise<void> {
  const removed = await inProgram((context) => context.get(RetentionService).prune(dryRun));
  const verb = dryRun ? 'Would be removed' : 'Removed';
  for (const { count, what } of removed) process.stdout.write(`${verb}: ${count} ${what}.\n`);
  if (removed.length === 0) process.stdout.write('Nothing is older than what is kept.\n');
}
