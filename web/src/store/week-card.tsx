import { useEffect, useState } from 'preact/hooks';
import { spoken } from '../format/duration.js';
import { inNamedZone, inZone } from '../format/time.js';
import { DayRow } from './day-row.js';
import { LOOKS, type Look, type Stretch, within } from './stretches.js';
import { PollTable } from './poll-table.js';
import type { StoreWeek } from './use-store.js';
import { changeInWords, stretchInWords } from './week-words.js';

const HOUR_MS = 3_600_000;
const AXIS_HOURS = [0, 3, 6, 9, 12, 15, 18, 21, 24];

interface WeekProps {
  readonly week: StoreWeek;
  readonly zone: string;
  /** Address of the week before. */
  readonly earlier: string;
  /** Of the week after; undefined: there is none yet. */
  readonly later: string | undefined;
}

/** A week, a local date in each row: openings, what they were, and the polls. */
export function WeekCard({ week, zone, earlier, later }: WeekProps) {
  const { days, openings, stretches, polls, toMs } = week;
  const [at, setAt] = useState<number>();
  useEffect(() => setAt(undefined), [week]);
  const scaleMs = Math.max(24 * HOUR_MS, ...days.map(({ startMs, endMs }) => endMs - startMs));
  const chosen = at === undefined ? undefined : stretches[at];
  const onKey = (event: KeyboardEvent): void => {
    const steps: Record<string, number> = {
      ArrowRight: (at ?? -1) + 1,
      ArrowLeft: (at ?? stretches.length) - 1,
      Home: 0,
      End: stretches.length - 1,
    };
    const to = steps[event.key];
    if (to === undefined || stretches.length === 0) return;
    event.preventDefault();
    setAt(Math.min(stretches.length - 1, Math.max(0, to)));
  };
  const span = `${inNamedZone(days[0].startMs, zone)} to ${inZone(Math.max(toMs, days[0].startMs), zone)}`;
  return (
    <section class="card" aria-labelledby="week-title">
      <div class="store-line">
        <h2 id="week-title">The week, in {zone}</h2>
        <nav class="weeks" aria-label="Weeks">
          <a href={earlier}>Week before</a>
          {later !== undefined && <a href={later}>Week after</a>}
        </nav>
      </div>
      <ul class="legend">
        {Object.entries(LOOKS).map(([look, { name, meaning }]) => (
          <li key={look} title={meaning}>
            <span class={`swatch ${look}`} aria-hidden="true" /> {name}
          </li>
        ))}
        <li>
          <span class="swatch opening" aria-hidden="true" /> open
        </li>
        <li>
          <span class="tick-sign" aria-hidden="true" /> poll: active
        </li>
        <li>
          <span class="tick-sign inactive" aria-hidden="true" /> poll: inactive
        </li>
        {days.some(({ change }) => change) && (
          <li>
            <span class="change-sign" aria-hidden="true" /> clocks change
          </li>
        )}
        {toMs > days[0].startMs && toMs < days.at(-1)!.endMs && (
          <li>
            <span class="end-sign" aria-hidden="true" /> as-of: nothing is known after it
          </li>
        )}
      </ul>
      <Patterns />
      <div
        class="week"
        role="slider"
        tabIndex={0}
        aria-valuemin={0}
        aria-valuemax={stretches.length}
        aria-valuenow={(at ?? -1) + 1}
        aria-valuetext={chosen ? stretchInWords(chosen, zone) : 'nothing chosen'}
        aria-label={`Open time from ${span}. Left and right arrow keys go from stretch to stretch.`}
        onKeyDown={onKey}
        onPointerLeave={() => setAt(undefined)}
      >
        <div class="day axis" aria-hidden="true">
          <span />
          <span class="hours">
            {AXIS_HOURS.map((hour) => (
              <span key={hour} style={{ left: `${((hour * HOUR_MS) / scaleMs) * 100}%` }}>
                {hour}
              </span>
            ))}
          </span>
        </div>
        {days.map((day) => (
          <DayRow
            key={day.date}
            day={day}
            zone={zone}
            scaleMs={scaleMs}
            openings={within(openings, day.startMs, day.endMs)}
            stretches={stretches}
            polls={polls}
            toMs={toMs}
            chosen={chosen}
            note={changeInWords(day, zone)}
            onPoint={(stretch) => setAt(stretches.indexOf(stretch))}
          />
        ))}
      </div>
      <p class="told">
        {chosen ? (
          stretchInWords(chosen, zone)
        ) : (
          <span class="quiet">Point at a stretch, or go there by arrow keys.</span>
        )}
      </p>
      <details>
        <summary>The same as a table</summary>
        <StretchTable stretches={stretches} zone={zone} />
      </details>
      <details>
        <summary>All polls of the week as a table</summary>
        <PollTable polls={polls} zone={zone} />
      </details>
    </section>
  );
}

function StretchTable({ stretches, zone }: { stretches: readonly Stretch[]; zone: string }) {
  if (stretches.length === 0) return <p>The store has no open time in this week.</p>;
  return (
    <div class="scrolls" role="region" aria-label="Stretches of open time" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">From ({zone})</th>
            <th scope="col">To</th>
            <th scope="col">Was</th>
            <th scope="col" class="number">
              For
            </th>
            <th scope="col" class="number">
              Polls
            </th>
          </tr>
        </thead>
        <tbody>
          {stretches.map(({ startMs, endMs, look, polledAtMs }) => (
            <tr key={startMs}>
              <td class="time">{inZone(startMs, zone)}</td>
              <td class="time">{inZone(endMs, zone)}</td>
              <td>{LOOKS[look].name}</td>
              <td class="number">{spoken(endMs - startMs)}</td>
              <td class="number">{polledAtMs.length}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const STRIPED: readonly Look[] = ['carried-up', 'carried-down'];

/** What CSS fills the carried and unknown stretches with. */
const Patterns = () => (
  <svg class="visually-hidden" aria-hidden="true">
    <defs>
      {STRIPED.map((look) => (
        <pattern key={look} id={`stripes-${look}`} width="6" height="6" patternUnits="userSpaceOnUse">
          <rect class="ground" width="6" height="6" />
          <path class={look} d="M-1 7L7 -1M-1 1L1 -1M5 7L7 5" />
        </pattern>
      ))}
      <pattern id="stripes-unknown" width="5" height="5" patternUnits="userSpaceOnUse">
        <rect class="ground" width="5" height="5" />
        <circle class="unknown" cx="2.5" cy="2.5" r="1" />
      </pattern>
    </defs>
  </svg>
);
