import { useEffect, useState } from 'preact/hooks';
import { formatDuration } from '../format/duration.js';
import { formatTimeWithoutZone, formatTime } from '../format/time.js';
import { DayRow } from './day-row.js';
import { EVIDENCE, type Evidence, type Segment, within } from './segments.js';
import { PollTable } from './poll-table.js';
import type { StoreWeek } from './use-store.js';
import { clockChangeText, segmentText } from './week-text.js';

const HOUR_MS = 3_600_000;
const AXIS_HOURS = [0, 3, 6, 9, 12, 15, 18, 21, 24];

interface WeekProps {
  readonly week: StoreWeek;
  readonly zone: string;
  /** Address of the previous week. */
  readonly earlier: string;
  /** Address of the next week; undefined: it is after as-of. */
  readonly later: string | undefined;
}

/** A week with one row per local date: openings, segments and polls. */
export function WeekCard({ week, zone, earlier, later }: WeekProps) {
  const { days, openings, segments, polls, toMs } = week;
  const [at, setAt] = useState<number>();
  useEffect(() => setAt(undefined), [week]);
  const scaleMs = Math.max(24 * HOUR_MS, ...days.map(({ startMs, endMs }) => endMs - startMs));
  const selected = at === undefined ? undefined : segments[at];
  const onKey = (event: KeyboardEvent): void => {
    const steps: Record<string, number> = {
      ArrowRight: (at ?? -1) + 1,
      ArrowLeft: (at ?? segments.length) - 1,
      Home: 0,
      End: segments.length - 1,
    };
    const to = steps[event.key];
    if (to === undefined || segments.length === 0) return;
    event.preventDefault();
    setAt(Math.min(segments.length - 1, Math.max(0, to)));
  };
  const span = `${formatTimeWithoutZone(days[0].startMs, zone)} to ${formatTime(Math.max(toMs, days[0].startMs), zone)}`;
  return (
    <section class="card" aria-labelledby="week-title">
      <div class="store-line">
        <h2 id="week-title">Weekly timeline</h2>
        <nav class="weeks" aria-label="Weeks">
          <a href={earlier}>Previous week</a>
          {later !== undefined && <a href={later}>Next week</a>}
        </nav>
      </div>
      <p class="quiet small">Local time, {zone}</p>
      <ul class="legend">
        {Object.entries(EVIDENCE).map(([evidence, { name, meaning }]) => (
          <li key={evidence} title={meaning}>
            <span class={`swatch ${evidence}`} aria-hidden="true" /> {name}
          </li>
        ))}
        <li>
          <span class="swatch opening" aria-hidden="true" /> open
        </li>
        <li>
          <span class="tick-sign" aria-hidden="true" /> active poll
        </li>
        <li>
          <span class="tick-sign inactive" aria-hidden="true" /> inactive poll
        </li>
        {days.some(({ change }) => change) && (
          <li>
            <span class="change-sign" aria-hidden="true" /> clock change
          </li>
        )}
        {toMs > days[0].startMs && toMs < days.at(-1)!.endMs && (
          <li>
            <span class="end-sign" aria-hidden="true" /> as-of
          </li>
        )}
      </ul>
      <FillPatterns />
      <div
        class="week"
        role="slider"
        tabIndex={0}
        aria-valuemin={0}
        aria-valuemax={segments.length}
        aria-valuenow={(at ?? -1) + 1}
        aria-valuetext={selected ? segmentText(selected, zone) : 'no segment selected'}
        aria-label={`Open time from ${span}. Select a segment with the left and right arrow keys.`}
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
            segments={segments}
            polls={polls}
            toMs={toMs}
            selected={selected}
            note={clockChangeText(day, zone)}
            onSelect={(segment) => setAt(segments.indexOf(segment))}
          />
        ))}
      </div>
      <p class="details">
        {selected ? (
          segmentText(selected, zone)
        ) : (
          <span class="quiet">Hover over a bar, or select one with the arrow keys.</span>
        )}
      </p>
      <details>
        <summary>Segment table</summary>
        <SegmentTable segments={segments} zone={zone} />
      </details>
      <details>
        <summary>Poll table</summary>
        <PollTable polls={polls} zone={zone} />
      </details>
    </section>
  );
}

function SegmentTable({ segments, zone }: { segments: readonly Segment[]; zone: string }) {
  if (segments.length === 0) return <p>No open time in this week.</p>;
  return (
    <div class="scrolls" role="region" aria-label="Segments of open time" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">From ({zone})</th>
            <th scope="col">To</th>
            <th scope="col">Status</th>
            <th scope="col" class="number">
              Duration
            </th>
            <th scope="col" class="number">
              Polls
            </th>
          </tr>
        </thead>
        <tbody>
          {segments.map(({ startMs, endMs, evidence, polledAtMs }) => (
            <tr key={startMs}>
              <td class="time">{formatTime(startMs, zone)}</td>
              <td class="time">{formatTime(endMs, zone)}</td>
              <td>{EVIDENCE[evidence].name}</td>
              <td class="number">{formatDuration(endMs - startMs)}</td>
              <td class="number">{polledAtMs.length}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const STRIPED: readonly Evidence[] = ['carried-up', 'carried-down'];

/** SVG patterns with which CSS fills carried and unknown segments. */
const FillPatterns = () => (
  <svg class="visually-hidden" aria-hidden="true">
    <defs>
      {STRIPED.map((evidence) => (
        <pattern key={evidence} id={`stripes-${evidence}`} width="6" height="6" patternUnits="userSpaceOnUse">
          <rect class="ground" width="6" height="6" />
          <path class={evidence} d="M-1 7L7 -1M-1 1L1 -1M5 7L7 5" />
        </pattern>
      ))}
      <pattern id="stripes-unknown" width="5" height="5" patternUnits="userSpaceOnUse">
        <rect class="ground" width="5" height="5" />
        <circle class="unknown" cx="2.5" cy="2.5" r="1" />
      </pattern>
    </defs>
  </svg>
);
