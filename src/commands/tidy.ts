import { RetentionService } from '../features/retention/retention.service.js';
import { inProgram } from './in-program.js';

/** `storewatch tidy`. */
export async function tidy({ dryRun }: { readonly dryRun: boolean }): Promise<void> {
  const deleted = await inProgram((context) => context.get(RetentionService).prune(dryRun));
  const verb = dryRun ? 'Would delete' : 'Deleted';
  for (const { count, what } of deleted) process.stdout.write(`${verb}: ${count} ${what}.\n`);
  if (deleted.length === 0) process.stdout.write('Nothing is past its retention period.\n');
}
