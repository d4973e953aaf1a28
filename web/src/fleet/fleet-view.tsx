import { useRef } from 'preact/hooks';
import { formatTime } from '../format/time.js';
import { hrefOf, replaceRoute } from '../shell/route.js';
import { Failure } from '../ui/failure.js';
import { Legend, LegendEntry } from '../ui/legend.js';
import { FilterBar } from './filter-bar.js';
import { parseFilters, toAddress, type Filters } from './filters.js';
import { Heatmap } from './heatmap.js';
import { StoreTable } from './store-table.js';
import { type Fleet, type FleetLoad, PAGE, useFleet } from './use-fleet.js';
import './fleet.css';

/** All stores with their last week by hour, as a heatmap or as a table. */
export function FleetView({ query }: { query: URLSearchParams }) {
  const filters = parseFilters(query);
  const load = useFleet(filters);
  const { fleet, error, isLoading, reload } = load;
  const zones = useRef(new Set<string>());
  for (const { zone } of fleet?.cells.rows.slice(-PAGE) ?? []) zones.current.add(zone);
  const change = (changes: Partial<Filters>): void =>
    replaceRoute(hrefOf('fleet', '', toAddress({ ...filters, ...changes })));
  const isTable = filters.shape === 'table';
  const isFiltered = filters.q !== '' || filters.zone !== '' || filters.state !== '';
  return (
    <>
      <h1>Fleet</h1>
      <FilterBar filters={filters} knownZones={zones.current} onChange={change} />
      <div class="fleet-line">
        <p role="status">{countText(load, isFiltered)}</p>
        <button type="button" disabled={isLoading} onClick={reload}>
          Reload
        </button>
        <button type="button" onClick={() => change({ shape: isTable ? 'heatmap' : 'table' })}>
          {isTable ? 'Heatmap view' : 'Table view'}
        </button>
      </div>
      <Failure error={error} />
      {fleet && fleet.total > 0 && (
        <>
          {!isTable && <HeatLegend />}
          {isTable ? <StoreTable fleet={fleet} /> : <Heatmap fleet={fleet} />}
          <p class="quiet small">{rangeText(fleet)}</p>
        </>
      )}
      {fleet?.total === 0 && <Empty isFiltered={isFiltered} />}
    </>
  );
}

function countText({ fleet, isLoading }: FleetLoad, isFiltered: boolean): string {
  if (!fleet) return isLoading ? 'Loading …' : '';
  const total = fleet.total.toLocaleString('en');
  const count = `${total} ${fleet.total === 1 ? 'store' : 'stores'}${isFiltered ? ' match' : ''}`;
  return isLoading && fleet.loaded < fleet.total ? `${count}, ${fleet.loaded.toLocaleString('en')} loaded` : count;
}

const rangeText = ({ cells, toMs }: Fleet): string =>
  `UTC hours from ${formatTime(cells.hourMs(0))} to ${formatTime(toMs)}. Lost is the downtime within this period.`;

const HeatLegend = () => (
  <Legend>
    <LegendEntry swatch="scale">up to down</LegendEntry>
    <LegendEntry swatch="silent">no recent data</LegendEntry>
    <LegendEntry swatch="">closed</LegendEntry>
  </Legend>
);

function Empty({ isFiltered }: { isFiltered: boolean }) {
  return (
    <section class="card">
      <h2>{isFiltered ? 'No matches' : 'No stores yet'}</h2>
      {isFiltered ? (
        <p>
          No store matches these filters. <a href={hrefOf('fleet')}>Clear filters</a>
        </p>
      ) : (
        <p>
          <a href={hrefOf('imports')}>Import CSV files</a> with polls, business hours and timezones.
        </p>
      )}
    </section>
  );
}
