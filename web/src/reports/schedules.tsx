import { useState } from 'preact/hooks';
import { type Schemas, unwrap, api } from '../api/client.js';
import { useRequest } from '../api/use-request.js';
import { formatTime } from '../format/time.js';
import { Failure } from '../ui/failure.js';
import { ScheduleRuns } from './schedule-runs.js';

type Schedule = Schemas['ScheduleDto'];

/** The schedules that create reports and write them to storage. */
export function Schedules({ onChanged }: { onChanged: () => void }) {
  const { data, error, reload } = useRequest(
    (signal) => unwrap(api.GET('/v1/schedules', { params: { query: { page_size: 1_000 } }, signal })),
    [],
  );
  return (
    <section class="card" aria-labelledby="schedules-title">
      <h2 id="schedules-title">Schedules</h2>
      <Failure error={error} />
      {data?.schedules.length === 0 && <p>No schedules. Create one with the API or the command line.</p>}
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
  const toggle = (): void => {
    setError(undefined);
    const params = { path: { name } };
    unwrap(api.PATCH('/v1/schedules/{name}', { params, body: { enabled: !enabled } })).then(onSwitched, setError);
  };
  return (
    <article aria-label={`Schedule ${name}`}>
      <h3>{name}</h3>
      <p>
        {due === null ? 'Disabled.' : `Next run: ${formatTime(due, timezone)}.`}{' '}
        <span class="quiet">
          <code>{cron}</code> in {timezone}; {format.toUpperCase()}, basis {basis}, written to{' '}
          <code>{destination}</code>
        </span>
      </p>
      <Failure error={error} />
      <button type="button" onClick={toggle} aria-label={`${enabled ? 'Disable' : 'Enable'} ${name}`}>
        {enabled ? 'Disable' : 'Enable'}
      </button>
      <details open={isOpen} onToggle={(event) => setIsOpen(event.currentTarget.open)}>
        <summary>Past runs</summary>
        {isOpen && <ScheduleRuns name={name} timezone={timezone} onChanged={onChanged} />}
      </details>
    </article>
  );
}
