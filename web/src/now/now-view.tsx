import type { FleetSummary } from '../api/fleet.js';
import { inZone } from '../format/time.js';
import { hrefOf, replaceRoute } from '../shell/route.js';
import { BasisSwitch } from '../ui/basis-switch.js';
import { basisInQuery, basisOf } from '../ui/basis.js';
import { Failure } from '../ui/failure.js';
import { Freshness } from './freshness.js';
import { LostTime } from './lost-time.js';
import { NewestOutages } from './newest-outages.js';
import { StateTiles } from './state-tiles.js';
import { useSummary } from './use-summary.js';
import { WeekChart } from './week-chart.js';
import { WorkInHand } from './work-in-hand.js';
import { WorstStores } from './worst-stores.js';
import './now.css';

/** Which stores are not up when they should be, at a glance. */
export function NowView({ query }: { query: URLSearchParams }) {
  const basis = basisOf(query);
  const { summary, isLinked, error } = useSummary(basis);
  return (
    <>
      <div class="heading">
        <h1>Now</h1>
        <BasisSwitch basis={basis} onBasis={(to) => replaceRoute(hrefOf('', '', { basis: basisInQuery(to) }))} />
      </div>
      <Failure error={error} />
      <div role="status">
        {isLinked === false && <p class="failure">{lostInWords(summary)}</p>}
        {!summary && !error && isLinked !== false && <p class="quiet">Counting the stores …</p>}
      </div>
      {summary?.stores.total === 0 && (
        <section class="card">
          <h2>No stores yet</h2>
          <p>
            Storewatch knows no store. <a href={hrefOf('imports')}>Drop your CSV files</a> to load polls, business hours
            and time zones.
          </p>
        </section>
      )}
      {summary && summary.stores.total > 0 && (
        <>
          <StateTiles stores={summary.stores} basis={basisInQuery(basis)} />
          <Freshness summary={summary} isLinked={isLinked} />
          <LostTime windows={summary.windows} />
          <WeekChart hours={summary.hours} />
          <div class="pair">
            <WorstStores basis={basis} latest={summary.latest_poll_at} />
            <NewestOutages latest={summary.latest_poll_at} />
          </div>
        </>
      )}
      {summary && !isEmpty(summary) && <WorkInHand work={summary.work} />}
    </>
  );
}

function lostInWords(summary: FleetSummary | undefined): string {
  const what = 'Storewatch does not answer; this page tries again by itself.';
  return summary ? `${what} The figures are those of ${inZone(summary.computed_at)}.` : what;
}

/** Neither a store nor anything that may bring one. */
const isEmpty = ({ stores, work }: FleetSummary): boolean => stores.total === 0 && work.imports.length === 0;
