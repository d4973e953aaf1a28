import '../ui/stacks.css';
import { useEffect, useState } from 'preact/hooks';
import { type Schemas, answered, api } from '../api/client.js';
import { useRequest } from '../api/use-request.js';
import { size } from '../format/size.js';
import { inZone } from '../format/time.js';
import { ConfirmButton } from '../ui/confirm-button.js';
import { Failure } from '../ui/failure.js';
import { downloadReport } from './download.js';

type Run = Schemas['ScheduleRunDto'];

const IN_WORDS = { Running: 'is being made', Complete: 'ready', Failed: 'failed' };
const MOST = 30;
/** Runs have no events of their own. */
const ASK_AGAIN_MS = 2_000;

/** The last runs of a schedule, the newest first. */
export function ScheduleRuns(props: { name: string; timezone: string; onChanged: () => void }) {
  const { name, timezone, onChanged } = props;
  const [failure, setFailure] = useState<Error>();
  const { data, error, reload } = useRequest(
    (signal) =>
      answered(
        api.GET('/v1/schedules/{name}/runs', { params: { path: { name }, query: { page_size: MOST } }, signal }),
      ),
    [name],
  );
  const isRunning = data?.runs.some(({ status }) => status === 'Running');
  useEffect(() => {
    if (!isRunning) return undefined;
    const timer = setInterval(reload, ASK_AGAIN_MS);
    return () => {
      clearInterval(timer);
      // its report is in the list above, ready or failed
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
    answered(api.POST('/v1/schedules/{name}/runs/{run_id}/again', { params })).then(listAgain, setFailure);
  };
  return (
    <>
      <Failure error={failure ?? error} />
      {data?.runs.length === 0 && <p>It has not been due yet.</p>}
      {data && data.runs.length > 0 && (
        <div class="scrolls" role="region" aria-label={`Runs of ${name}`} tabIndex={0}>
          <table class="stacks">
            <thead>
              <tr>
                <th scope="col">Due</th>
                <th scope="col">State</th>
                <th scope="col">File</th>
                <th scope="col">
                  <span class="visually-hidden">What to do</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {data.runs.map((run) => (
                <tr key={run.run_id}>
                  <td data-label="Due" class="time">
                    {inZone(run.due_at, timezone)}
                  </td>
                  <td data-label="State">
                    {run.error ?? (run.expired_at ? 'removed because of its age' : IN_WORDS[run.status])}
                  </td>
                  <td data-label="File">
                    {run.artifact && (
                      <>
                        <code>{run.artifact.key}</code> <span class="quiet">{size(run.artifact.size_bytes)}</span>
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
                        name="Run again"
                        label={`Run again: ${run.run_id}`}
                        question="Make this report again, in the place of its file?"
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
