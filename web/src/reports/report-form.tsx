import { useRef, useState } from 'preact/hooks';
import { type Schemas, unwrap, api } from '../api/client.js';
import { Failure } from '../ui/failure.js';

type Create = Schemas['CreateReportDto'];

/** A form that creates a report. */
export function ReportForm({ onCreated }: { onCreated: () => void }) {
  const [isSending, setIsSending] = useState(false);
  const [error, setError] = useState<Error>();
  // Kept if no response arrives. Sending the same request with this key again does not create a second report.
  const attempt = useRef<{ key: string; request: string } | undefined>(undefined);
  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    const body = bodyOf(new FormData(event.currentTarget as HTMLFormElement));
    setIsSending(true);
    setError(undefined);
    const request = JSON.stringify(body);
    if (attempt.current?.request !== request) attempt.current = { key: newKey(), request };
    const params = { header: { 'Idempotency-Key': attempt.current.key } };
    const created = (): void => {
      attempt.current = undefined;
      onCreated();
    };
    unwrap(api.POST('/v1/reports', { body, params }))
      .then(created, setError)
      .finally(() => setIsSending(false));
  };
  return (
    <form class="card" onSubmit={send} aria-labelledby="new-title">
      <h2 id="new-title">New report</h2>
      <div class="fields">
        <label>
          As of
          <input type="datetime-local" name="as_of" step="1" aria-describedby="report-help" />
        </label>
        <label>
          Basis
          <select name="basis" aria-describedby="report-help">
            <option value="all">all</option>
            <option value="observed">observed</option>
          </select>
        </label>
        <label>
          Format
          <select name="format">
            <option value="csv">CSV</option>
            <option value="json">JSON</option>
            <option value="ndjson">NDJSON</option>
          </select>
        </label>
        <button class="primary" disabled={isSending}>
          Create report
        </button>
      </div>
      <p id="report-help" class="quiet small">
        As of is in UTC; leave it empty for the latest poll. Basis “all” counts all open time: a status holds until the
        next poll, and time before the first poll is downtime. Basis “observed” counts only open time that a recent poll
        covers.
      </p>
      <Failure error={error} />
    </form>
  );
}

function bodyOf(form: FormData): Create {
  const asOf = form.get('as_of') as string;
  return {
    ...(asOf && { as_of: new Date(`${asOf}Z`).toISOString() }),
    basis: form.get('basis') as NonNullable<Create['basis']>,
    format: form.get('format') as NonNullable<Create['format']>,
  };
}

/** crypto.randomUUID() exists only over HTTPS and on localhost. */
const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint32Array(4)), (word) => word.toString(36)).join('-');
