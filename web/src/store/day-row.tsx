import { type HourMark, hourMarks } from './hour-marks.js';
import type { LocalDay } from './local-time.js';
import { type Stretch, within } from './stretches.js';
import type { Poll } from './use-store.js';

interface DayProps {
  readonly day: LocalDay;
  readonly zone: string;
  /** Elapsed time that the whole width stands for. */
  readonly scaleMs: number;
  readonly openings: readonly { readonly startMs: number; readonly endMs: number }[];
  /** Of the whole week. */
  readonly stretches: readonly Stretch[];
  /** Of the whole week. */
  readonly polls: readonly Poll[];
  /** Where what is known ends. */
  readonly toMs: number;
  readonly chosen: Stretch | undefined;
  /** What is odd about the day's length; empty for most. */
  readonly note: string;
  readonly onPoint: (stretch: Stretch) => void;
}

const label = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' });

/** A local date; its width is elapsed time, so a night in which clocks change is shorter or longer. */
export function DayRow(props: DayProps) {
  const { day, zone, scaleMs, openings, stretches, polls, toMs, chosen, note, onPoint } = props;
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
        {stretches.map((stretch) =>
          within([stretch], startMs, endMs).map((part) => (
            <rect
              key={part.startMs}
              class={`${part.look}${stretch === chosen ? ' chosen' : ''}`}
              x={x(part.startMs)}
              y="6"
              width={width(part.startMs, part.endMs)}
              height="18"
              onPointerEnter={() => onPoint(stretch)}
              onClick={() => onPoint(stretch)}
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
          <OwnAxis marks={hourMarks(day, zone)} x={x} />
          <p class="small quiet">{note}</p>
        </div>
      )}
    </div>
  );
}

/** Of a day on which the hours are not where they are on others. */
const OwnAxis = ({ marks, x }: { marks: readonly HourMark[]; x: (ms: number) => string }) => (
  <span class="hours" aria-hidden="true">
    {marks.map(({ atMs, hour }) => (
      <span key={hour} style={{ left: x(atMs) }}>
        {hour}
      </span>
    ))}
  </span>
);

/** A line; one that ends in a knob where the store was inactive. */
const PollTick = ({ x, isActive }: { x: string; isActive: boolean }) => (
  <g class={`tick${isActive ? '' : ' inactive'}`}>
    <line x1={x} x2={x} y1="25" y2="32" />
    {!isActive && <circle cx={x} cy="31" r="2" />}
  </g>
);
