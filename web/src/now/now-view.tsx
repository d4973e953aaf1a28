import type { FleetSummary } from '../api/fleet.js';
import { formatTime } from '../format/time.js';
import { hrefOf, replaceRoute } from '../shell/route.js';
import { BasisSwitch } from '../ui/basis-switch.js';
import { basisInQuery, basisOf } from '../ui/basis.js';
import { Failure } from '../ui/failure.js';
import { Freshness } from './freshness.js';
import { LostTime } from './lost-time.js';
import { RecentOutages } from './recent-outages.js';
import { StateTiles } from './state-tiles.js';
import { useSummary } from './use-summary.js';
import { WeekChart } from './week-chart.js';
import { BackgroundJobs } from './background-jobs.js';
import { WorstStores } from './worst-stores.js';
import './now.css';

/** An overview of all stores: states, lost time, outages and background jobs. */
export function NowView({ query }: { query: URLSearchParams }) {
  const basis = basisOf(query);
  const { summary, isConnected, error } = useSummary(basis);
  return (
    <>
      <div class="heading">
        <h1>Now</h1>
        <BasisSwitch basis={basis} onBasis={(to) => replaceRoute(hrefOf('', '', { basis: basisInQuery(to) }))} />
      </div>
      <Failure error={error} />
      <div role="status">
        {isConnected === false && <p class="failure">{disconnectedText(summary)}</p>}
        {!summary && !error && isConnected !== false && <p class="quiet">Loading …</p>}
      </div>
      {summary?.stores.total === 0 && (
        <section class="card">
          <h2>No stores yet</h2>
          <p>
            <a href={hrefOf('imports')}>Import CSV files</a> with polls, business hours and timezones.
          </p>
        </section>
      )}
      {summary && summary.stores.total > 0 && (
        <>
          <StateTiles stores={summary.stores} basis={basisInQuery(basis)} />
          <Freshness summary={summary} isConnected={isConnected} />
          <LostTime windows={summary.windows} />
          <WeekChart hours={summary.hours} />
          <div class="pair">
            <WorstStores basis={basis} latest={summary.latest_poll_at} />
            <RecentOutages latest={summary.latest_poll_at} />
          </div>
        </>
      )}
      {summary && !isEmpty(summary) && <BackgroundJobs work={summary.work} />}
    </>
  );
}

function disconnectedText(summary: FleetSummary | undefined): string {
  const text = 'The server does not respond. This page keeps trying to reconnect.';
  return summary ? `${text} The figures date from ${formatTime(summary.computed_at)}.` : text;
}

/** No stores, and no running import that could add any. */
const isEmpty = ({ stores, work }: FleetSummary): boolean => stores.total === 0 && work.imports.length === 0;
