import { DomainError } from '#libs/errors.js';
import { formatInstant } from '#libs/instant/instant.js';
import { PollsService } from '../ingestion/polls.service.js';
import { ReportMaker } from '../reports/report-maker.js';
import { ReportRequests, noPolls } from '../reports/report-requests.js';
import { ReportsService } from '../reports/reports.service.js';
import { RollupsService } from '../rollups/rollups.service.js';
import { toDomainError } from '../transport/error-table.js';
import { loadAndSummarize } from './load.js';
import { openOutput } from './output.js';
import { progress } from './progress.js';
import { inProgram } from './program.js';

interface ReportCommandOptions {
  readonly out: string;
  readonly data?: string;
  readonly strict?: true;
  readonly asOf?: string;
  readonly basis: string;
}

/** `storewatch report`. */
export async function report({ out, data, strict, asOf, basis }: ReportCommandOptions): Promise<void> {
  const output = await openOutput(out);
  await inProgram(async (context) => {
    if (data !== undefined && !(await loadAndSummarize(data, context, { strict, messages: output.messages }))) {
      throw new DomainError('unprocessable', `No report was made, because a file of ${data} failed to load.`);
    }
    if (!(await context.get(PollsService).extent())) throw noPolls();
    const reports = context.get(ReportsService);
    const created = await context.get(ReportRequests).create({ asOf, basis });
    const rolled = await timed('roll up', (bar) =>
      context.get(RollupsService).bringUpToDate((done, of) => bar(done, of)),
    );
    const made = await timed('report', (bar) =>
      context
        .get(ReportMaker)
        .make(created, { onProgress: bar })
        .catch(async (error: unknown) => {
          await reports.fail(created.id, toDomainError(error).message);
          throw error;
        }),
    );
    if (made.result.status !== 'Complete')
      throw new DomainError('cancelled', `The report ${created.id} was cancelled.`);
    await output.write(await reports.contentOf(made.result).open());
    output.messages.write(
      `${rolled.result.rows} hours rolled up in ${rolled.seconds} s; report of ${made.result.storesTotal} stores ` +
        `as of ${formatInstant(made.result.asOf.getTime())} in ${made.seconds} s: ${output.name}\n`,
    );
  });
}

async function timed<T>(
  label: string,
  work: (bar: (done: number, total: number) => void) => Promise<T>,
): Promise<{ result: T; seconds: string }> {
  const bar = progress(label);
  const startedAt = performance.now();
  try {
    const result = await work((done, total) => bar.to(done, total));
    return { result, seconds: ((performance.now() - startedAt) / 1000).toFixed(1) };
  } finally {
    bar.stop();
  }
}
