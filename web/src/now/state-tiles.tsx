import type { FleetSummary } from '../api/fleet.js';
import { percent } from '../format/duration.js';
import { hrefOf } from '../shell/route.js';
import { STATES } from '../ui/states.js';

/** Number of stores in each state. Each tile links to these stores in the fleet view. */
export function StateTiles({ stores, basis }: { stores: FleetSummary['stores']; basis: string }) {
  return (
    <ul class="tiles">
      {STATES.map(({ state, name, sign, meaning }) => (
        <li key={state}>
          <a class={`tile ${state}`} href={hrefOf('fleet', '', { state, basis })} title={`${name}: ${meaning}`}>
            <span class="name">
              <span aria-hidden="true">{sign} </span>
              {name}
            </span>{' '}
            <strong>{stores[state].toLocaleString('en')}</strong>{' '}
            <span class="quiet">{percent(stores[state], stores.total)} of stores</span>
          </a>
        </li>
      ))}
    </ul>
  );
}
