import { type Report, windowsOf } from '../record/report.entity.js';
import type { MetadataCollector } from '../record/report-metadata.js';
import { valuesIn } from '../request/report-columns.js';
import { type StoreFigures, reportFigures } from './report-figures.js';
import { type ReportShape, type ReportText, reportText } from './report-formats.js';
import { ReportGroups } from './report-groups.js';
import type { ReportInputs } from './report-inputs.js';

/** The format of a report's text. */
export const textOf = (report: Report): ReportText => reportText(shapeOf(report));

/** Sums the figures of a report's groups; undefined: it has a row for each store. */
export const groupsOf = (report: Report): ReportGroups | undefined =>
  report.groupBy ? new ReportGroups(shapeOf(report), report.groupBy) : undefined;

const shapeOf = (report: Report): ReportShape => ({
  ...report,
  asOfMs: report.asOf.getTime(),
  windows: windowsOf(report),
  isStandard: !report.windows,
});

const UNNAMED = { name: null, tags: {} };

/** The figures of stores, in batches, with the values of its columns. Adds them to the report's metadata. @throws the reason of `stop` */
export async function* countedFigures(
  inputs: ReportInputs,
  report: Report,
  collector: MetadataCollector,
  pollValidForMs: number,
  stop: AbortSignal,
): AsyncGenerator<StoreFigures[]> {
  const columns = report.groupBy ?? report.columns;
  const names = columns ? await inputs.names() : undefined;
  let done = 0;
  for await (const batch of reportFigures(inputs, windowsOf(report), pollValidForMs)) {
    stop.throwIfAborted();
    for (const store of batch) collector.add(store.windows);
    const ids = inputs.stores.slice(done, (done += batch.length));
    yield columns && names
      ? batch.map((store, index) => ({ ...store, values: valuesIn(columns, names.get(ids[index].id) ?? UNNAMED) }))
      : batch;
  }
}
