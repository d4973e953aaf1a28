import { useRef } from 'preact/hooks';
import { inZone } from '../format/time.js';
import { hrefOf, replaceRoute } from '../shell/route.js';
import { Failure } from '../ui/failure.js';
import { Legend, LegendEntry } from '../ui/legend.js';
import { FilterBar } from './filter-bar.js';
import { filtersOf, inAddress, type Filters } from './filters.js';
import { Heatmap } from './heatmap.js';
import { StoreTable } from './store-table.js';
import { type Fleet, type FleetLoad, PAGE, useFleet } from './use-fleet.js';
import './fleet.css';

/** All stores, hour by hour. */
export function FleetView({ query }: { query: URLSearchParams }) {
  const filters = filtersOf(query);
  const load = useFleet(filters);
  const { fleet, error, isLoading, reload } = load;
  const zones = useRef(new Set<string>());
  for (const { zone } of fleet?.cells.rows.slice(-PAGE) ?? []) zones.current.add(zone);
  const change = (some: Partial<Filters>): void =>
    replaceRoute(hrefOf('fleet', '', inAddress({ ...filters, ...some })));
  const isTable = filters.shape === 'table';
  const isFiltered = filters.q !== '' || filters.zone !== '' || filters.state !== '';
  return (
    <>
      <h1>Fleet</h1>
      <FilterBar filters={filters} known={zones.current} onChange={change} />
      <div class="fleet-line">
        <p role="status">{countInWords(load, isFiltered)}</p>
        <button type="button" disabled={isLoading} onClick={reload}>
          Reload
        </button>
        <button type="button" onClick={() => change({ shape: isTable ? 'heatmap' : 'table' })}>
          {isTable ? 'As a heatmap' : 'As a table'}
        </button>
      </div>
      <Failure error={error} />
      {fleet && fleet.total > 0 && (
        <>
          {!isTable && <HeatLegend />}
          {isTable ? <StoreTable fleet={fleet} /> : <Heatmap fleet={fleet} />}
          <p class="quiet small">{hoursInWords(fleet)}</p>
        </>
      )}
      {fleet?.total === 0 && <Empty isFiltered={isFiltered} />}
    </>
  );
}

function countInWords({ fleet, isLoading }: FleetLoad, isFiltered: boolean): string {
  if (!fleet) return isLoading ? 'Ranking the stores …' : '';
  const total = fleet.total.toLocaleString('en');
  const what = `${total} ${fleet.total === 1 ? 'store' : 'stores'}${isFiltered ? ' match' : ''}`;
  return isLoading && fleet.loaded < fleet.total ? `${what}, ${fleet.loaded.toLocaleString('en')} loaded` : what;
}

const hoursInWords = ({ cells, toMs }: Fleet): string =>
  `Hours are those of UTC, from ${inZone(cells.hourMs(0))} to ${inZone(toMs)}. Lost: in that time.`;

const HeatLegend = () => (
  <Legend>
    <LegendEntry look="scale">up to down, of what polls saw</LegendEntry>
    <LegendEntry look="silent">silent: no poll tells</LegendEntry>
    <LegendEntry look="">closed</LegendEntry>
  </Legend>
);

function Empty({ isFiltered }: { isFiltered: boolean }) {
  return (
    <section class="card">
      <h2>{isFiltered ? 'No store matches' : 'No stores yet'}</h2>
      {isFiltered ? (
        <p>
          <a href={hrefOf('fleet')}>Show all stores</a>
        </p>
      ) : (
        <p>
          <a href={hrefOf('imports')}>Drop your CSV files</a> to load polls, business hours and time zones.
        </p>
      )}
    </section>
  );
}
