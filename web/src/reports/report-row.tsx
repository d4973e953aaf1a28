import { useEffect, useState } from 'preact/hooks';
import { type Schemas, answered, api } from '../api/client.js';
import { eventsOf } from '../api/events.js';
import { size } from '../format/size.js';
import { inZone } from '../format/time.js';
import { ConfirmButton } from '../ui/confirm-button.js';
import { Failure } from '../ui/failure.js';
import { downloadReport } from './download.js';

type Report = Schemas['ReportSummaryDto'];

const IN_WORDS = { Running: 'is being made', Complete: 'ready', Failed: 'failed', Cancelled: 'cancelled' };

interface RowProps {
  readonly report: Report;
  /** In words: the run of a schedule, or a request; undefined: not known, or not yet. */
  readonly madeFor: string | undefined;
  readonly onChanged: () => void;
  readonly onRemoved: () => void;
}

/** A report: how far it is, and its file. */
export function ReportRow({ report, madeFor, onChanged, onRemoved }: RowProps) {
  const [error, setError] = useState<Error>();
  const { report_id: id, status } = report;
  const progress = useProgress(report, onChanged, setError);
  const remove = (): void => {
    setError(undefined);
    answered(api.DELETE('/v1/reports/{report_id}', { params: { path: { report_id: id } } })).then(onRemoved, setError);
  };
  const what = `report as of ${inZone(report.as_of)}`;
  const hasFile = status === 'Complete' && report.expired_at === null;
  return (
    <tr>
      <td data-label="As of" class="time">
        {inZone(report.as_of)}
      </td>
      <td data-label="Made for">{madeFor}</td>
      <td data-label="Windows">{report.windows.map(({ name }) => name.replace('last_', '')).join(', ')}</td>
      <td data-label="Basis">{report.basis}</td>
      <td data-label="Made" class="time">
        {inZone(report.created_at)}
      </td>
      <td data-label="State">
        {status === 'Running' && <ReportProgress progress={progress} what={what} />}
        <span role="status">{report.expired_at ? 'removed because of its age' : IN_WORDS[status]}</span>
        {status === 'Failed' && <span class="quiet small">: {report.message}</span>}
        <Failure error={error} />
      </td>
      <td data-label="Size" class="number">
        {report.size_bytes === null ? '' : size(report.size_bytes)}
      </td>
      <td class="actions">
        {hasFile && (
          <button
            type="button"
            aria-label={`Download ${report.format.toUpperCase()} of the ${what}`}
            onClick={() => void downloadReport(id).catch(setError)}
          >
            Download {report.format.toUpperCase()}
          </button>
        )}
        <ConfirmButton
          name={status === 'Running' ? 'Cancel' : 'Remove'}
          label={`${status === 'Running' ? 'Cancel' : 'Remove'} the ${what}`}
          question={status === 'Running' ? 'Stop making this report?' : 'Remove this report and its file?'}
          onConfirmed={remove}
        />
      </td>
    </tr>
  );
}

function ReportProgress({ progress, what }: { progress: Report['progress']; what: string }) {
  const { stores_done: done, stores_total: total } = progress;
  if (total === null) return <progress aria-label={`How far the ${what} is`} />;
  return (
    <>
      <progress aria-label={`How far the ${what} is`} value={done} max={Math.max(1, total)} />
      <span class="small quiet">
        {done.toLocaleString('en')} of {total.toLocaleString('en')} stores,{' '}
      </span>
    </>
  );
}

/** How far a running report is, as it goes on. */
function useProgress(
  { report_id: id, status, progress }: Report,
  onEnd: () => void,
  onError: (error: Error) => void,
): Report['progress'] {
  const [known, setKnown] = useState(progress);
  useEffect(() => {
    if (status !== 'Running') return undefined;
    const over = new AbortController();
    const follow = async (): Promise<void> => {
      const events = eventsOf(`v1/reports/${id}/events`, over.signal, (event) => event !== 'progress');
      for await (const { data } of events) setKnown((data as Pick<Report, 'progress'>).progress);
      if (!over.signal.aborted) onEnd();
    };
    follow().catch(onError);
    return () => over.abort();
  }, [id, status]);
  return known;
}
