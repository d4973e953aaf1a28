import { useState } from 'preact/hooks';
import { clock } from '../format/duration.js';
import { inZone } from '../format/time.js';
import { Failure } from '../ui/failure.js';
import { WINDOWS } from './figures.js';
import type { OpeningParts } from './opening-parts.js';
import { type Look, LOOKS } from './stretches.js';
import { type StoreFacts, useOpenings } from './use-store.js';

const PARTS = Object.keys(LOOKS) as Look[];

/** Of which openings the figures are made, as `storewatch explain` has them; asked for when somebody wants to know. */
export function WeekOpenings({ facts: { calendar, asOf } }: { facts: StoreFacts }) {
  const [isOpen, setIsOpen] = useState(false);
  const [name, setName] = useState(WINDOWS[2].name);
  const { lengthMs } = WINDOWS.find((window) => window.name === name)!;
  const { store_id: storeId, timezone: zone } = calendar;
  const from = new Date(Date.parse(asOf) - lengthMs).toISOString();
  const { data, error } = useOpenings(storeId, isOpen ? { from, to: asOf } : undefined, zone);
  return (
    <details class="card made-of" open={isOpen} onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>How the figures are made up, opening by opening</summary>
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
      {isOpen && data?.length === 0 && <p>The store was not open in this window.</p>}
      {isOpen && data && data.length > 0 && <OpeningTable openings={data} zone={zone} />}
    </details>
  );
}

function OpeningTable({ openings, zone }: { openings: readonly OpeningParts[]; zone: string }) {
  const sum = (part: Look): number => openings.reduce((total, opening) => total + opening[part], 0);
  return (
    <div class="scrolls" role="region" aria-label="Openings and what they were" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Open from ({zone})</th>
            <th scope="col">To</th>
            {['open', ...PARTS.map((part) => LOOKS[part].name)].map((column) => (
              <th key={column} scope="col" class="number">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {openings.map((opening) => (
            <tr key={opening.startMs}>
              <td class="time">{inZone(opening.startMs, zone)}</td>
              <td class="time">{inZone(opening.endMs, zone)}</td>
              <Durations all={[opening.endMs - opening.startMs, ...PARTS.map((part) => opening[part])]} />
            </tr>
          ))}
          <tr class="sum">
            <th scope="row" colSpan={2}>
              Sum, h:mm:ss
            </th>
            <Durations all={[PARTS.reduce((total, part) => total + sum(part), 0), ...PARTS.map(sum)]} />
          </tr>
        </tbody>
      </table>
    </div>
  );
}

const Durations = ({ all }: { all: readonly number[] }) =>
  all.map((ms, column) => (
    <td key={column} class="number">
      {clock(ms)}
    </td>
  ));
