import { type Report, windowsOf } from '../record/report.entity.js';
import type { MetadataCollector } from '../record/report-metadata.js';
import { type StoreFigures, reportFigures } from './report-figures.js';
import { type ReportText, reportText } from './report-formats.js';
import type { ReportInputs } from './report-inputs.js';

/** The format of a report's text. */
export const textOf = (report: Report): ReportText =>
  reportText({
    ...report,
    asOfMs: report.asOf.getTime(),
    windows: windowsOf(report),
    isStandard: !report.windows,
  });

/** The figures of stores, in batches. Adds them to the report's metadata. @throws the reason of `stop` */
export async function* countedFigures(
  inputs: ReportInputs,
  report: Report,
  collector: MetadataCollector,
  pollValidForMs: number,
  stop: AbortSignal,
): AsyncGenerator<StoreFigures[]> {
  for await (const batch of reportFigures(inputs, windowsOf(report), pollValidForMs)) {
    stop.throwIfAborted();
    for (const store of batch) collector.add(store.windows);
    yield batch;
  }
}
