import { useState } from 'preact/hooks';
import { hms } from '../format/duration.js';
import { formatTime } from '../format/time.js';
import { Failure } from '../ui/failure.js';
import { WINDOWS } from './figures.js';
import type { OpeningBreakdown } from './uptime-breakdown.js';
import { type Evidence, EVIDENCE } from './segments.js';
import { type StoreDetails, useOpenings } from './use-store.js';

const ROWS = Object.keys(EVIDENCE) as Evidence[];

/** The openings behind the figures with their breakdown, as in `storewatch explain`. Loads when the user opens it. */
export function OpeningTable({ store: { calendar, asOf } }: { store: StoreDetails }) {
  const [isOpen, setIsOpen] = useState(false);
  const [name, setName] = useState(WINDOWS[2].name);
  const { lengthMs } = WINDOWS.find((window) => window.name === name)!;
  const { store_id: storeId, timezone: zone } = calendar;
  const from = new Date(Date.parse(asOf) - lengthMs).toISOString();
  const { data, error } = useOpenings(storeId, isOpen ? { from, to: asOf } : undefined, zone);
  return (
    <details class="card openings" open={isOpen} onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>Uptime breakdown</summary>
      <p class="quiet small">
        The figures are sums over the openings of the store. The table lists each opening in the window.
      </p>
      <fieldset class="switch">
        <legend>Window</legend>
        {WINDOWS.map((window) => (
          <label key={window.name} class="check">
            <input type="radio" name="window" checked={window.name === name} onChange={() => setName(window.name)} />
            {window.title}
          </label>
        ))}
      </fieldset>
      <Failure error={error} />
      {isOpen && data?.length === 0 && <p>No open time in this window.</p>}
      {isOpen && data && data.length > 0 && <Openings openings={data} zone={zone} />}
    </details>
  );
}

function Openings({ openings, zone }: { openings: readonly OpeningBreakdown[]; zone: string }) {
  const sum = (part: Evidence): number => openings.reduce((total, opening) => total + opening[part], 0);
  return (
    <div class="scrolls" role="region" aria-label="Uptime breakdown by opening" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">From ({zone})</th>
            <th scope="col">To</th>
            {['open', ...ROWS.map((part) => EVIDENCE[part].name)].map((column) => (
              <th key={column} scope="col" class="number">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {openings.map((opening) => (
            <tr key={opening.startMs}>
              <td class="time">{formatTime(opening.startMs, zone)}</td>
              <td class="time">{formatTime(opening.endMs, zone)}</td>
              <Durations all={[opening.endMs - opening.startMs, ...ROWS.map((part) => opening[part])]} />
            </tr>
          ))}
          <tr class="sum">
            <th scope="row" colSpan={2}>
              Total (h:mm:ss)
            </th>
            <Durations all={[ROWS.reduce((total, part) => total + sum(part), 0), ...ROWS.map(sum)]} />
          </tr>
        </tbody>
      </table>
    </div>
  );
}

const Durations = ({ all }: { all: readonly number[] }) =>
  all.map((ms, column) => (
    <td key={column} class="number">
      {hms(ms)}
    </td>
  ));
