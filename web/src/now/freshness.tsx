import type { FleetSummary } from '../api/fleet.js';
import { spoken } from '../format/duration.js';
import { inZone } from '../format/time.js';
import { ago } from './ago.js';
import { counted } from './counted.js';
import { useNowMs } from './use-now-ms.js';

/** How old the data are that all of this is told from. */
export function Freshness({ summary, isLinked }: { summary: FleetSummary; isLinked?: boolean | undefined }) {
  const { latest_poll_at: latest, work, poll_valid_for_ms: validFor } = summary;
  const nowMs = useNowMs();
  const { up_to_date: isUpToDate, due_hours: due, late_changes: late } = work.rollups;
  const left = [due > 0 && counted(due, 'hour'), late > 0 && counted(late, 'late change')].filter(Boolean);
  return (
    <dl class="facts">
      <div>
        <dt>Latest poll</dt>
        <dd>{latest === null ? 'none yet' : `${ago(Date.parse(latest), nowMs)} (${inZone(latest)})`}</dd>
      </div>
      <div>
        <dt>Rollups</dt>
        <dd>{isUpToDate ? 'up to date' : `${left.join(' and ')} due`}</dd>
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
