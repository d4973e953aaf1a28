import type { FleetSummary } from '../api/fleet.js';
import { formatTime } from '../format/time.js';
import { hrefOf } from '../shell/route.js';
import { Progress } from '../ui/progress.js';
import { pluralize } from './pluralize.js';

const FILES = {
  store_status: 'polls',
  business_hours: 'business hours',
  store_timezones: 'timezones',
  special_hours: 'special hours',
  store_life: 'first and last days',
  stores: 'names and tags',
};

/** Running imports, rollups and reports with their progress. */
export function BackgroundJobs({ work: { imports, reports, rollups } }: { work: FleetSummary['work'] }) {
  const isIdle = imports.length === 0 && reports.length === 0 && rollups.up_to_date;
  return (
    <section class="card" aria-labelledby="jobs-title">
      <h2 id="jobs-title">Background jobs</h2>
      {isIdle && <p>No jobs are running. Rollups are up to date.</p>}
      {imports.map(({ import_id: id, kind, read, rejected, started_at: startedAt }) => (
        <Progress key={id} value={read} max={null} unit={`rows read, ${rejected.toLocaleString('en')} rejected`}>
          <a href={hrefOf('imports')}>Importing {FILES[kind]}</a> since {formatTime(startedAt)}
        </Progress>
      ))}
      {!rollups.up_to_date && (
        <p>
          Rollups: {pluralize(rollups.due_hours, 'hour')} and {pluralize(rollups.late_changes, 'late change')} pending.
        </p>
      )}
      {reports.map(({ report_id: id, as_of: asOf, progress }) => (
        <Progress key={id} value={progress.stores_done} max={progress.stores_total} unit="stores">
          <a href={hrefOf('reports')}>Report as of {formatTime(asOf)}</a>
        </Progress>
      ))}
    </section>
  );
}
