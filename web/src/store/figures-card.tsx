import type { Basis } from '../api/fleet.js';
import { clock, percent } from '../format/duration.js';
import { inZone } from '../format/time.js';
import { WINDOWS, sums } from './figures.js';
import type { StoreFacts } from './use-store.js';
import { WeekOpenings } from './week-openings.js';

const IDLE = { all: 'Not open', observed: 'Nothing seen while open' };

/** The figures as the CSV prints them, and of which parts of the open time they are made. */
export function FiguresCard({ facts, basis }: { facts: StoreFacts; basis: Basis }) {
  const { totals, asOf, calendar } = facts;
  const zone = calendar.timezone;
  return (
    <>
      <section class="trio" aria-label="Figures">
        {WINDOWS.map(({ name, title, lengthMs, unit, print, columns }) => {
          const own = totals[name];
          const { uptime_ms: up, downtime_ms: down } = own[basis];
          const made = sums(own, basis);
          return (
            <div key={name} class="card figures">
              <h3>{title}</h3>
              <dl>
                <Figure name="Uptime" column={columns.uptime} value={print(up)} unit={unit} made={made.uptime} />
                <Figure
                  name="Downtime"
                  column={columns.downtime}
                  value={print(down)}
                  unit={unit}
                  made={made.downtime}
                />
              </dl>
              <Parts totals={own} />
              <p class="quiet small">
                {up + down === 0 ? IDLE[basis] : `${percent(up, up + down)} up`}, from{' '}
                {inZone(Date.parse(asOf) - lengthMs, zone)} to {inZone(asOf, zone)}
              </p>
            </div>
          );
        })}
      </section>
      <WeekOpenings facts={facts} />
    </>
  );
}

function Figure(props: { name: string; column: string; value: string; unit: string; made: string }) {
  const { name, column, value, unit, made } = props;
  return (
    <div>
      <dt title={column}>{name}</dt>
      <dd>
        <strong data-column={column}>{value}</strong> {unit}
        <span class="quiet small made">= {made}</span>
      </dd>
    </div>
  );
}

const PARTS = [
  ['up', 'up_ms'],
  ['down', 'down_ms'],
  ['carried-up', 'carried_up_ms'],
  ['carried-down', 'carried_down_ms'],
  ['unknown', 'unknown_ms'],
] as const;

function Parts({ totals }: { totals: StoreFacts['totals']['last_hour'] }) {
  return (
    <table class="parts">
      <caption class="small quiet">Open time, h:mm:ss</caption>
      <tbody>
        {PARTS.map(([look, field]) => (
          <tr key={look}>
            <th scope="row">
              <span class={`swatch ${look}`} aria-hidden="true" /> {look.replace('-', ' ')}
            </th>
            <td class="number">{clock(totals[field])}</td>
          </tr>
        ))}
        <tr class="sum">
          <th scope="row">open</th>
          <td class="number">{clock(totals.open_ms)}</td>
        </tr>
      </tbody>
    </table>
  );
}
