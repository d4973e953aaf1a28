import type { FleetSummary } from '../api/fleet.js';
import { spoken } from '../format/duration.js';
import { inZone } from '../format/time.js';
import { ago } from './ago.js';
import { counted } from './counted.js';
import { useNowMs } from './use-now-ms.js';

const HOUR_MS = 3_600_000;

/** How old the data are that all of this is told from. */
export function Freshness({ summary, isLinked }: { summary: FleetSummary; isLinked?: boolean | undefined }) {
  const { latest_poll_at: latest, hours, work, poll_valid_for_ms: validFor } = summary;
  const nowMs = useNowMs();
  const lastHour = hours.at(-1);
  const { due_hours: due, late_changes: late } = work.rollups;
  return (
    <dl class="facts">
      <div>
        <dt>Latest poll</dt>
        <dd>{latest === null ? 'none yet' : `${ago(Date.parse(latest), nowMs)} (${inZone(latest)})`}</dd>
      </div>
      <div>
        <dt>Rolled up to</dt>
        <dd>
          {lastHour ? inZone(Date.parse(lastHour.hour) + HOUR_MS) : 'nothing yet'}
          {due > 0 && `, ${counted(due, 'hour')} due`}
          {late > 0 && `, ${counted(late, 'late change')} due`}
        </dd>
      </div>
      <div>
        <dt>A poll counts for</dt>
        <dd>{spoken(validFor)}</dd>
      </div>
      <div>
        <dt>This page</dt>
        <dd>{linkInWords(isLinked)}</dd>
      </div>
    </dl>
  );
}

function linkInWords(isLinked: boolean | undefined): string {
  if (isLinked === undefined) return 'is connecting';
  return isLinked ? 'is live' : 'has lost the server';
}
