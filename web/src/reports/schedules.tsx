import { useState } from 'preact/hooks';
import { type Schemas, answered, api } from '../api/client.js';
import { useRequest } from '../api/use-request.js';
import { inZone } from '../format/time.js';
import { Failure } from '../ui/failure.js';
import { ScheduleRuns } from './schedule-runs.js';

type Schedule = Schemas['ScheduleDto'];

/** Reports that are made by the clock, and left in the storage. */
export function Schedules({ onChanged }: { onChanged: () => void }) {
  const { data, error, reload } = useRequest(
    (signal) => answered(api.GET('/v1/schedules', { params: { query: { page_size: 1_000 } }, signal })),
    [],
  );
  return (
    <section class="card" aria-labelledby="schedules-title">
      <h2 id="schedules-title">Schedules</h2>
      <Failure error={error} />
      {data?.schedules.length === 0 && <p>None. The API and the command line make them.</p>}
      {data?.schedules.map((schedule) => (
        <OneSchedule key={schedule.name} schedule={schedule} onSwitched={reload} onChanged={onChanged} />
      ))}
    </section>
  );
}

interface ScheduleProps {
  readonly schedule: Schedule;
  readonly onSwitched: () => void;
  readonly onChanged: () => void;
}

function OneSchedule({ schedule, onSwitched, onChanged }: ScheduleProps) {
  const { name, cron, timezone, enabled, next_due_at: due, destination, format, basis } = schedule;
  const [error, setError] = useState<Error>();
  const [isOpen, setIsOpen] = useState(false);
  const turn = (): void => {
    setError(undefined);
    const params = { path: { name } };
    answered(api.PATCH('/v1/schedules/{name}', { params, body: { enabled: !enabled } })).then(onSwitched, setError);
  };
  return (
    <article aria-label={`Schedule ${name}`}>
      <h3>{name}</h3>
      <p>
        {due === null ? 'Not due: it is switched off.' : `Next ${inZone(due, timezone)} (${timezone}).`}{' '}
        <span class="quiet">
          <code>{cron}</code> in {timezone}; {format.toUpperCase()}, basis {basis}, into <code>{destination}</code>
        </span>
      </p>
      <Failure error={error} />
      <button type="button" onClick={turn} aria-label={`Switch ${enabled ? 'off' : 'on'} ${name}`}>
        Switch {enabled ? 'off' : 'on'}
      </button>
      <details open={isOpen} onToggle={(event) => setIsOpen(event.currentTarget.open)}>
        <summary>What became of it</summary>
        {isOpen && <ScheduleRuns name={name} timezone={timezone} onChanged={onChanged} />}
      </details>
    </article>
  );
}
