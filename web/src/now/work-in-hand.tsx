import type { FleetSummary } from '../api/fleet.js';
import { inZone } from '../format/time.js';
import { hrefOf } from '../shell/route.js';
import { Progress } from '../ui/progress.js';
import { counted } from './counted.js';

const FILES = {
  store_status: 'polls',
  business_hours: 'business hours',
  store_timezones: 'time zones',
  special_hours: 'special hours',
  store_life: 'openings and closures of stores',
};

/** What the server works on, as it goes on. */
export function WorkInHand({ work: { imports, reports, rollups } }: { work: FleetSummary['work'] }) {
  const isIdle = imports.length === 0 && reports.length === 0 && rollups.up_to_date;
  return (
    <section class="card" aria-labelledby="work-title">
      <h2 id="work-title">Work in hand</h2>
      {isIdle && <p>Nothing: all files are loaded, every hour is rolled up, no report is being made.</p>}
      {imports.map(({ import_id: id, kind, read, rejected, started_at: startedAt }) => (
        <Progress key={id} value={read} max={null} unit={`rows read, ${rejected.toLocaleString('en')} rejected`}>
          <a href={hrefOf('imports')}>Loading {FILES[kind]}</a> since {inZone(startedAt)}
        </Progress>
      ))}
      {!rollups.up_to_date && (
        <p>
          Rolling up: {counted(rollups.due_hours, 'hour')} and {counted(rollups.late_changes, 'late change')} due.
        </p>
      )}
      {reports.map(({ report_id: id, as_of: asOf, progress }) => (
        <Progress key={id} value={progress.stores_done} max={progress.stores_total} unit="stores">
          <a href={hrefOf('reports')}>Report as of {inZone(asOf)}</a>
        </Progress>
      ))}
    </section>
  );
}
