import { useEffect, useState } from 'preact/hooks';
import { type Schemas, unwrap, api } from '../api/client.js';
import { eventsOf } from '../api/events.js';
import { formatBytes } from '../format/bytes.js';
import { formatTime } from '../format/time.js';
import { ConfirmButton } from '../ui/confirm-button.js';
import { Failure } from '../ui/failure.js';
import { downloadReport } from './download.js';

type Report = Schemas['ReportSummaryDto'];

const STATUS_TEXT = { Running: 'running', Complete: 'complete', Failed: 'failed', Cancelled: 'cancelled' };

interface RowProps {
  readonly report: Report;
  /** The run of a schedule, or `on demand`; undefined: not loaded. */
  readonly source: string | undefined;
  readonly onChanged: () => void;
  readonly onRemoved: () => void;
}

/** A report with its progress, download and removal. */
export function ReportRow({ report, source, onChanged, onRemoved }: RowProps) {
  const [error, setError] = useState<Error>();
  const { report_id: id, status } = report;
  const progress = useProgress(report, onChanged, setError);
  const remove = (): void => {
    setError(undefined);
    unwrap(api.DELETE('/v1/reports/{report_id}', { params: { path: { report_id: id } } })).then(onRemoved, setError);
  };
  const name = `report as of ${formatTime(report.as_of)}`;
  const hasFile = status === 'Complete' && report.expired_at === null;
  return (
    <tr>
      <td data-label="As of" class="time">
        {formatTime(report.as_of)}
      </td>
      <td data-label="Source">{source}</td>
      <td data-label="Windows">{report.windows.map((window) => window.name.replace('last_', '')).join(', ')}</td>
      <td data-label="Basis">{report.basis}</td>
      <td data-label="Created" class="time">
        {formatTime(report.created_at)}
      </td>
      <td data-label="Status">
        {status === 'Running' && <ReportProgress progress={progress} name={name} />}
        <span role="status">{report.expired_at ? 'expired' : STATUS_TEXT[status]}</span>
        {status === 'Failed' && <span class="quiet small">: {report.message}</span>}
        <Failure error={error} />
      </td>
      <td data-label="Size" class="number">
        {report.size_bytes === null ? '' : formatBytes(report.size_bytes)}
      </td>
      <td class="actions">
        {hasFile && (
          <button
            type="button"
            aria-label={`Download ${report.format.toUpperCase()} of the ${name}`}
            onClick={() => void downloadReport(id).catch(setError)}
          >
            Download {report.format.toUpperCase()}
          </button>
        )}
        <ConfirmButton
          name={status === 'Running' ? 'Cancel' : 'Remove'}
          label={`${status === 'Running' ? 'Cancel' : 'Remove'} the ${name}`}
          question={status === 'Running' ? 'Cancel this report?' : 'Remove this report and its file?'}
          onConfirmed={remove}
        />
      </td>
    </tr>
  );
}

function ReportProgress({ progress, name }: { progress: Report['progress']; name: string }) {
  const { stores_done: done, stores_total: total } = progress;
  if (total === null) return <progress aria-label={`Progress of the ${name}`} />;
  return (
    <>
      <progress aria-label={`Progress of the ${name}`} value={done} max={Math.max(1, total)} />
      <span class="small quiet">
        {done.toLocaleString('en')} of {total.toLocaleString('en')} stores,{' '}
      </span>
    </>
  );
}

/** The live progress of a running report. */
function useProgress(
  { report_id: id, status, progress }: Report,
  onEnd: () => void,
  onError: (error: Error) => void,
): Report['progress'] {
  const [known, setKnown] = useState(progress);
  useEffect(() => {
    if (status !== 'Running') return undefined;
    const controller = new AbortController();
    const listen = async (): Promise<void> => {
      const events = eventsOf(`v1/reports/${id}/events`, controller.signal, (event) => event !== 'progress');
      for await (const { data } of events) setKnown((data as Pick<Report, 'progress'>).progress);
      if (!controller.signal.aborted) onEnd();
    };
    listen().catch(onError);
    return () => controller.abort();
  }, [id, status]);
  return known;
}
