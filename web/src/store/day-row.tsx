import { type HourMark, hourMarks } from './hour-marks.js';
import type { LocalDay } from './local-time.js';
import { type Segment, within } from './segments.js';
import type { Poll } from './use-store.js';

interface DayProps {
  readonly day: LocalDay;
  readonly zone: string;
  /** Elapsed time across the full width. */
  readonly scaleMs: number;
  readonly openings: readonly { readonly startMs: number; readonly endMs: number }[];
  /** All of the week. */
  readonly segments: readonly Segment[];
  /** All of the week. */
  readonly polls: readonly Poll[];
  /** End of the data. */
  readonly toMs: number;
  readonly selected: Segment | undefined;
  /** Explains an unusual length of the day; empty for 24 hours. */
  readonly note: string;
  readonly onSelect: (segment: Segment) => void;
}

const label = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' });

/** A local date. Width is elapsed time, so a day with a clock change is shorter or longer. */
export function DayRow(props: DayProps) {
  const { day, zone, scaleMs, openings, segments, polls, toMs, selected, note, onSelect } = props;
  const { date, startMs, endMs, change } = day;
  const x = (ms: number): string => `${((ms - startMs) / scaleMs) * 100}%`;
  const width = (fromMs: number, untilMs: number): string => `${((untilMs - fromMs) / scaleMs) * 100}%`;
  return (
    <div class="day">
      <span class="date">{label.format(Date.parse(date))}</span>
      <svg class="bar" aria-hidden="true">
        <rect class="closed" x="0" y="6" width={width(startMs, endMs)} height="22" />
        {openings.map((opening) => (
          <rect
            key={opening.startMs}
            class="opening"
            x={x(opening.startMs)}
            y="2"
            width={width(opening.startMs, opening.endMs)}
            height="30"
          />
        ))}
        {segments.map((segment) =>
          within([segment], startMs, endMs).map((part) => (
            <rect
              key={part.startMs}
              class={`${part.evidence}${segment === selected ? ' selected' : ''}`}
              x={x(part.startMs)}
              y="6"
              width={width(part.startMs, part.endMs)}
              height="18"
              onPointerEnter={() => onSelect(segment)}
              onClick={() => onSelect(segment)}
            />
          )),
        )}
        {polls
          .filter(({ atMs }) => atMs >= startMs && atMs < endMs)
          .map(({ atMs, isActive }) => (
            <PollTick key={atMs} x={x(atMs)} isActive={isActive} />
          ))}
        {change && <line class="change" x1={x(change.atMs)} x2={x(change.atMs)} y1="0" y2="34" />}
        {toMs > startMs && toMs < endMs && <line class="end" x1={x(toMs)} x2={x(toMs)} y1="0" y2="34" />}
      </svg>
      {note && (
        <div class="note">
          <HourAxis marks={hourMarks(day, zone)} x={x} />
          <p class="small quiet">{note}</p>
        </div>
      )}
    </div>
  );
}

/** An hour axis for a day with a clock change, whose hours do not line up with the axis above. */
const HourAxis = ({ marks, x }: { marks: readonly HourMark[]; x: (ms: number) => string }) => (
  <span class="hours" aria-hidden="true">
    {marks.map(({ atMs, hour }) => (
      <span key={hour} style={{ left: x(atMs) }}>
        {hour}
      </span>
    ))}
  </span>
);

/** A poll: a line, with a dot at its end if the store was inactive. */
const PollTick = ({ x, isActive }: { x: string; isActive: boolean }) => (
  <g class={`tick${isActive ? '' : ' inactive'}`}>
    <line x1={x} x2={x} y1="25" y2="32" />
    {!isActive && <circle cx={x} cy="31" r="2" />}
  </g>
);
