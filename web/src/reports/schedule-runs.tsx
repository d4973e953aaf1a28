import '../ui/stacks.css';
import { useEffect, useState } from 'preact/hooks';
import { type Schemas, unwrap, api } from '../api/client.js';
import { useRequest } from '../api/use-request.js';
import { formatBytes } from '../format/bytes.js';
import { formatTime } from '../format/time.js';
import { ConfirmButton } from '../ui/confirm-button.js';
import { Failure } from '../ui/failure.js';
import { downloadReport } from './download.js';

type Run = Schemas['ScheduleRunDto'];

const STATUS_TEXT = { Running: 'running', Complete: 'complete', Failed: 'failed' };
const PAGE_SIZE = 30;
/** Runs have no event stream, so the page polls. */
const POLL_INTERVAL_MS = 2_000;

/** The latest runs of a schedule, newest first. */
export function ScheduleRuns(props: { name: string; timezone: string; onChanged: () => void }) {
  const { name, timezone, onChanged } = props;
  const [failure, setFailure] = useState<Error>();
  const { data, error, reload } = useRequest(
    (signal) =>
      unwrap(
        api.GET('/v1/schedules/{name}/runs', { params: { path: { name }, query: { page_size: PAGE_SIZE } }, signal }),
      ),
    [name],
  );
  const isRunning = data?.runs.some(({ status }) => status === 'Running');
  useEffect(() => {
    if (!isRunning) return undefined;
    const timer = setInterval(reload, POLL_INTERVAL_MS);
    return () => {
      clearInterval(timer);
      // The finished run has a report in the list above.
      onChanged();
    };
  }, [isRunning]);
  const again = ({ run_id: runId }: Run): void => {
    setFailure(undefined);
    const params = { path: { name, run_id: runId } };
    const listAgain = (): void => {
      reload();
      onChanged();
    };
    unwrap(api.POST('/v1/schedules/{name}/runs/{run_id}/again', { params })).then(listAgain, setFailure);
  };
  return (
    <>
      <Failure error={failure ?? error} />
      {data?.runs.length === 0 && <p>No runs yet.</p>}
      {data && data.runs.length > 0 && (
        <div class="scrolls" role="region" aria-label={`Runs of ${name}`} tabIndex={0}>
          <table class="stacks">
            <thead>
              <tr>
                <th scope="col">Due</th>
                <th scope="col">Status</th>
                <th scope="col">File</th>
                <th scope="col">
                  <span class="visually-hidden">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {data.runs.map((run) => (
                <tr key={run.run_id}>
                  <td data-label="Due" class="time">
                    {formatTime(run.due_at, timezone)}
                  </td>
                  <td data-label="Status">{run.error ?? (run.expired_at ? 'expired' : STATUS_TEXT[run.status])}</td>
                  <td data-label="File">
                    {run.artifact && (
                      <>
                        <code>{run.artifact.key}</code>{' '}
                        <span class="quiet">{formatBytes(run.artifact.size_bytes)}</span>
                      </>
                    )}
                  </td>
                  <td class="actions">
                    {run.status === 'Complete' && run.report_id !== null && run.expired_at === null && (
                      <button
                        type="button"
                        aria-label={`Download the report of ${run.run_id}`}
                        onClick={() => void downloadReport(run.report_id!).catch(setFailure)}
                      >
                        Download
                      </button>
                    )}
                    {run.status !== 'Running' && (
                      <ConfirmButton
                        name="Rerun"
                        label={`Rerun ${run.run_id}`}
                        question="Rerun this report and overwrite its file?"
                        onConfirmed={() => again(run)}
                      />
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}
