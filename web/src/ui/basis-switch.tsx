import { useId } from 'preact/hooks';
import './ui.css';
import type { Basis } from '../api/fleet.js';

const BASES: readonly { basis: Basis; name: string; help: string }[] = [
  { basis: 'observed', name: 'Observed only', help: 'Counts only open time that a recent poll covers.' },
  {
    basis: 'all',
    name: 'As in the report',
    help: 'Counts all open time: a status holds until the next poll, and time before the first poll is downtime.',
  },
];

/** Chooses how downtime is counted. */
export function BasisSwitch({ basis, onBasis }: { basis: Basis; onBasis: (basis: Basis) => void }) {
  const help = useId();
  return (
    <fieldset class="switch" aria-describedby={help}>
      <legend>Basis</legend>
      {BASES.map((each) => (
        <label key={each.basis} class="check">
          <input type="radio" name="basis" checked={each.basis === basis} onChange={() => onBasis(each.basis)} />
          {each.name}
        </label>
      ))}
      <p id={help} class="quiet small">
        {BASES.find((each) => each.basis === basis)!.help}
      </p>
    </fieldset>
  );
}
