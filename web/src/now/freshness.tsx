import type { FleetSummary } from '../api/fleet.js';
import { formatDuration } from '../format/duration.js';
import { formatTime } from '../format/time.js';
import { ago } from './ago.js';
import { pluralize } from './pluralize.js';
import { useNowMs } from './use-now-ms.js';

/** The age of the data behind the figures. */
export function Freshness({ summary, isConnected }: { summary: FleetSummary; isConnected?: boolean | undefined }) {
  const { latest_poll_at: latest, work, poll_valid_for_ms: validFor } = summary;
  const nowMs = useNowMs();
  const { up_to_date: isUpToDate, due_hours: due, late_changes: late } = work.rollups;
  const pending = [due > 0 && pluralize(due, 'hour'), late > 0 && pluralize(late, 'late change')].filter(Boolean);
  return (
    <dl class="facts">
      <div>
        <dt>Latest poll</dt>
        <dd>{latest === null ? 'none' : `${ago(Date.parse(latest), nowMs)} (${formatTime(latest)})`}</dd>
      </div>
      <div>
        <dt>Rollups</dt>
        <dd>{isUpToDate ? 'up to date' : `${pending.join(' and ')} pending`}</dd>
      </div>
      <div>
        <dt>Poll validity</dt>
        <dd>{formatDuration(validFor)}</dd>
      </div>
      <div>
        <dt>Connection</dt>
        <dd>{connectionText(isConnected)}</dd>
      </div>
    </dl>
  );
}

function connectionText(isConnected: boolean | undefined): string {
  if (isConnected === undefined) return 'connecting';
  return isConnected ? 'live' : 'lost';
}
