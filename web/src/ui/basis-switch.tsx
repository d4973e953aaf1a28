import './ui.css';
import type { Basis } from '../api/fleet.js';

const BASES: readonly { basis: Basis; name: string }[] = [
  { basis: 'observed', name: 'as polls saw it' },
  { basis: 'all', name: 'as the CSV counts' },
];

/** How lost time is counted. */
export function BasisSwitch({ basis, onBasis }: { basis: Basis; onBasis: (basis: Basis) => void }) {
  return (
    <fieldset class="switch">
      <legend>Lost time</legend>
      {BASES.map((each) => (
        <label key={each.basis} class="check">
          <input type="radio" name="basis" checked={each.basis === basis} onChange={() => onBasis(each.basis)} />
          {each.name}
        </label>
      ))}
    </fieldset>
  );
}
