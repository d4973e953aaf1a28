import '../ui/stacks.css';
import { useEffect, useRef, useState } from 'preact/hooks';
import { unwrap, api } from '../api/client.js';
import { useRequest } from '../api/use-request.js';
import { Failure } from '../ui/failure.js';
import { FIRST_SIZE, ShowMore } from '../ui/show-more.js';
import { ReportRow } from './report-row.js';

/** Number of recent runs of each schedule to match with reports. */
const RUNS_PER_SCHEDULE = 100;

/** All reports, newest first. @param changes a change reloads the list */
export function ReportList({ changes, onChanged }: { changes: number; onChanged: () => void }) {
  const [size, setSize] = useState(FIRST_SIZE);
  const { data, error, reload } = useRequest(
    (signal) => unwrap(api.GET('/v1/reports', { params: { query: { page_size: size } }, signal })),
    [size],
  );
  const scheduled = useRequest(scheduledReports, []);
  useEffect(() => {
    if (changes === 0) return;
    reload();
    scheduled.reload();
  }, [changes]);
  const title = useRef<HTMLHeadingElement>(null);
  // The focused button disappears with its row.
  const removed = (): void => {
    title.current!.focus();
    onChanged();
  };
  return (
    <section class="card" aria-labelledby="reports-title">
      <h2 id="reports-title" ref={title} tabIndex={-1}>
        Reports
      </h2>
      <Failure error={error ?? scheduled.error} />
      {data?.reports.length === 0 && <p>No reports yet.</p>}
      {data && data.reports.length > 0 && (
        <div class="scrolls" role="region" aria-label="Table of reports" tabIndex={0}>
          <table class="stacks">
            <thead>
              <tr>
                <th scope="col">As of (UTC)</th>
                <th scope="col">Source</th>
                <th scope="col">Windows</th>
                <th scope="col">Basis</th>
                <th scope="col">Created (UTC)</th>
                <th scope="col">Status</th>
                <th scope="col" class="number">
                  Size
                </th>
                <th scope="col">
                  <span class="visually-hidden">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {data.reports.map((report) => (
                <ReportRow
                  key={report.report_id}
                  report={report}
                  source={scheduled.data && (scheduled.data.get(report.report_id) ?? 'on demand')}
                  onChanged={onChanged}
                  onRemoved={removed}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <ShowMore size={size} onSize={setSize} nextPageToken={data?.next_page_token} />
    </section>
  );
}

/** The schedule and run of each scheduled report, by report id. */
async function scheduledReports(signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
  const { schedules } = await unwrap(api.GET('/v1/schedules', { signal }));
  const pages = await Promise.all(
    schedules.map(({ name }) =>
      unwrap(
        api.GET('/v1/schedules/{name}/runs', {
          params: { path: { name }, query: { page_size: RUNS_PER_SCHEDULE } },
          signal,
        }),
      ),
    ),
  );
  const runs = pages.flatMap((page) => page.runs);
  return new Map(runs.map(({ report_id: id, schedule, run_id: run }) => [id ?? '', `${schedule} ${run}`]));
}
