import '../ui/stacks.css';
import { useEffect, useRef, useState } from 'preact/hooks';
import { answered, api } from '../api/client.js';
import { useRequest } from '../api/use-request.js';
import { Failure } from '../ui/failure.js';
import { FIRST_SIZE, ShowMore } from '../ui/show-more.js';
import { ReportRow } from './report-row.js';

/** Of each schedule: older ones are listed there. */
const RUNS = 100;

/** The reports there are, the newest first. @param changes asks again when it changes */
export function ReportList({ changes, onChanged }: { changes: number; onChanged: () => void }) {
  const [size, setSize] = useState(FIRST_SIZE);
  const { data, error, reload } = useRequest(
    (signal) => answered(api.GET('/v1/reports', { params: { query: { page_size: size } }, signal })),
    [size],
  );
  const scheduled = useRequest(scheduledReports, []);
  useEffect(() => {
    if (changes === 0) return;
    reload();
    scheduled.reload();
  }, [changes]);
  const title = useRef<HTMLHeadingElement>(null);
  // what had the focus is gone with its row
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
      {data?.reports.length === 0 && <p>None yet.</p>}
      {data && data.reports.length > 0 && (
        <div class="scrolls" role="region" aria-label="Table of reports" tabIndex={0}>
          <table class="stacks">
            <thead>
              <tr>
                <th scope="col">As of (UTC)</th>
                <th scope="col">Made for</th>
                <th scope="col">Windows</th>
                <th scope="col">Basis</th>
                <th scope="col">Made (UTC)</th>
                <th scope="col">State</th>
                <th scope="col" class="number">
                  Size
                </th>
                <th scope="col">
                  <span class="visually-hidden">What to do</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {data.reports.map((report) => (
                <ReportRow
                  key={report.report_id}
                  report={report}
                  madeFor={scheduled.data && (scheduled.data.get(report.report_id) ?? 'a request')}
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

/** Which run of which schedule a report was made for, by its id. */
async function scheduledReports(signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
  const { schedules } = await answered(api.GET('/v1/schedules', { signal }));
  const pages = await Promise.all(
    schedules.map(({ name }) =>
      answered(
        api.GET('/v1/schedules/{name}/runs', { params: { path: { name }, query: { page_size: RUNS } }, signal }),
      ),
    ),
  );
  const runs = pages.flatMap((page) => page.runs);
  return new Map(runs.map(({ report_id: id, schedule, run_id: run }) => [id ?? '', `${schedule} ${run}`]));
}
