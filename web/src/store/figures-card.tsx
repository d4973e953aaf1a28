import type { Basis } from '../api/fleet.js';
import { hms, percent } from '../format/duration.js';
import { formatTime } from '../format/time.js';
import { WINDOWS, formulas } from './figures.js';
import type { StoreDetails } from './use-store.js';
import { OpeningTable } from './opening-table.js';

const IDLE = { all: 'No open time', observed: 'No observed open time' };

/** The six figures as the CSV prints them, each with its formula and the breakdown of the open time. */
export function FiguresCard({ store, basis }: { store: StoreDetails; basis: Basis }) {
  const { totals, asOf, calendar } = store;
  const zone = calendar.timezone;
  return (
    <>
      <section class="trio" aria-label="Figures">
        {WINDOWS.map(({ name, title, lengthMs, unit, print, columns }) => {
          const own = totals[name];
          const { uptime_ms: up, downtime_ms: down } = own[basis];
          const formula = formulas(own, basis);
          return (
            <div key={name} class="card figures">
              <h3>{title}</h3>
              <dl>
                <Figure name="Uptime" column={columns.uptime} value={print(up)} unit={unit} formula={formula.uptime} />
                <Figure
                  name="Downtime"
                  column={columns.downtime}
                  value={print(down)}
                  unit={unit}
                  formula={formula.downtime}
                />
              </dl>
              <UptimeBreakdown totals={own} />
              <p class="quiet small">
                {up + down === 0 ? IDLE[basis] : `${percent(up, up + down)} up`}, from{' '}
                {formatTime(Date.parse(asOf) - lengthMs, zone)} to {formatTime(asOf, zone)}
              </p>
            </div>
          );
        })}
      </section>
      <OpeningTable store={store} />
    </>
  );
}

function Figure(props: { name: string; column: string; value: string; unit: string; formula: string }) {
  const { name, column, value, unit, formula } = props;
  return (
    <div>
      <dt title={column}>{name}</dt>
      <dd>
        <strong data-column={column}>{value}</strong> {unit}
        <span class="quiet small formula">= {formula}</span>
      </dd>
    </div>
  );
}

const ROWS = [
  ['up', 'up_ms'],
  ['down', 'down_ms'],
  ['carried-up', 'carried_up_ms'],
  ['carried-down', 'carried_down_ms'],
  ['unknown', 'unknown_ms'],
] as const;

function UptimeBreakdown({ totals }: { totals: StoreDetails['totals']['last_hour'] }) {
  return (
    <table class="breakdown">
      <caption class="small quiet">Open time (h:mm:ss)</caption>
      <tbody>
        {ROWS.map(([evidence, field]) => (
          <tr key={evidence}>
            <th scope="row">
              <span class={`swatch ${evidence}`} aria-hidden="true" /> {evidence.replace('-', ' ')}
            </th>
            <td class="number">{hms(totals[field])}</td>
          </tr>
        ))}
        <tr class="sum">
          <th scope="row">open</th>
          <td class="number">{hms(totals.open_ms)}</td>
        </tr>
      </tbody>
    </table>
  );
}
