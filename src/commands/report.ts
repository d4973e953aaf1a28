import { DomainError } from '#libs/errors.js';
import { formatInstant } from '#libs/instant/instant.js';
import { PollsService } from '../features/polls/polls.service.js';
import { ReportMaker } from '../features/reports/make/report-maker.js';
import { ReportRequests, noPolls } from '../features/reports/request/report-requests.js';
import { ReportsService } from '../features/reports/reports.service.js';
import { readStoreFilter } from '../edge/filter/store-filter.js';
import { toDomainError } from '../edge/errors/error-table.js';
import { loadAndSummarize } from './load.js';
import { openOutput } from './output.js';
import { progress } from './progress.js';
import { inProgram } from './in-program.js';

interface ReportCommandOptions {
  readonly out: string;
  readonly data?: string;
  readonly strict?: true;
  readonly asOf?: string;
  readonly basis: string;
  readonly filter?: string;
}

/** `storewatch report`. */
export async function report({ out, data, strict, asOf, basis, filter }: ReportCommandOptions): Promise<void> {
  readStoreFilter(filter); // before the files are loaded
  const output = await openOutput(out);
  await inProgram(async (context) => {
    if (data !== undefined && !(await loadAndSummarize(data, context, { strict, messages: output.messages }))) {
      throw new DomainError('unprocessable', `No report was made, because a file in ${data} failed to load.`);
    }
    if (!(await context.get(PollsService).extent())) throw noPolls();
    const reports = context.get(ReportsService);
    const created = await context.get(ReportRequests).create({ asOf, basis, filter });
    let stage = begin('roll up');
    let rolledUp = '';
    const made = await context
      .get(ReportMaker)
      .make(created, {
        onRollup: stage.to,
        onRolledUp({ rows }) {
          rolledUp = `${rows} hours rolled up in ${stage.end()} s`;
          stage = begin('report');
        },
        onProgress: (stores, total) => stage.to(stores, total),
      })
      .catch(async (error: unknown) => {
        stage.end();
        await reports.fail(created.id, toDomainError(error).message);
        throw error;
      });
    const seconds = stage.end();
    if (made.status !== 'Complete') throw new DomainError('cancelled', `The report ${created.id} was cancelled.`);
    await output.write(await reports.contentOf(made).open());
    output.messages.write(
      `${rolledUp}; report of ${made.storesTotal} stores as of ${formatInstant(made.asOf.getTime())} in ${seconds} s: ${output.name}\n`,
    );
  });
}

/** A stage of the work, with a progress bar. `end` returns how many seconds it took. */
function begin(label: string): { to: (done: number, total: number) => void; end: () => string } {
  const bar = progress(label);
  const startedAt = performance.now();
  return {
    to: (done, total) => bar.to(done, total),
    end() {
      bar.stop();
      return ((performance.now() - startedAt) / 1000).toFixed(1);
    },
  };
}
