import { useRef, useState } from 'preact/hooks';
import { type Schemas, answered, api } from '../api/client.js';
import { Failure } from '../ui/failure.js';

type Create = Schemas['CreateReportDto'];

/** Asks for a report. */
export function ReportForm({ onCreated }: { onCreated: () => void }) {
  const [isSending, setIsSending] = useState(false);
  const [error, setError] = useState<Error>();
  // Of a request whose answer did not come: sent again as it was, it is the same report.
  const attempt = useRef<{ key: string; asked: string } | undefined>(undefined);
  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    const body = bodyOf(new FormData(event.currentTarget as HTMLFormElement));
    setIsSending(true);
    setError(undefined);
    const asked = JSON.stringify(body);
    if (attempt.current?.asked !== asked) attempt.current = { key: newKey(), asked };
    const params = { header: { 'Idempotency-Key': attempt.current.key } };
    const created = (): void => {
      attempt.current = undefined;
      onCreated();
    };
    answered(api.POST('/v1/reports', { body, params }))
      .then(created, setError)
      .finally(() => setIsSending(false));
  };
  return (
    <form class="card" onSubmit={send} aria-labelledby="new-title">
      <h2 id="new-title">A new report</h2>
      <div class="fields">
        <label>
          As of (UTC); empty: the latest poll
          <input type="datetime-local" name="as_of" step="1" />
        </label>
        <label>
          Basis
          <select name="basis">
            <option value="all">all: carried statuses count</option>
            <option value="observed">observed: only what polls saw</option>
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
          Make the report
        </button>
      </div>
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

/** crypto.randomUUID() is there only over HTTPS and on localhost. */
const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint32Array(4)), (word) => word.toString(36)).join('-');
