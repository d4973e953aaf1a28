import { useEffect, useRef, useState } from 'preact/hooks';
import { unwrap, api } from '../api/client.js';
import { useRequest } from '../api/use-request.js';
import { BasisSwitch } from '../ui/basis-switch.js';
import { STATES } from '../ui/states.js';
import type { Filters } from './filters.js';

const DEBOUNCE_MS = 250;

interface Props {
  readonly filters: Filters;
  /** Zones of the stores loaded so far. The list shows them first. */
  readonly knownZones: ReadonlySet<string>;
  readonly onChange: (change: Partial<Filters>) => void;
}

/** Filters and order of the stores. */
export function FilterBar({ filters, knownZones, onChange }: Props) {
  const { data } = useRequest((signal) => unwrap(api.GET('/v1/timezones', { signal })), []);
  const { zone, state, sort, basis } = filters;
  const otherZones = data?.timezones.filter((each) => each !== zone && !knownZones.has(each)) ?? [];
  return (
    <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
      <Search q={filters.q} onSearch={(q) => onChange({ q })} />
      <label>
        Timezone
        <select value={zone} onChange={(event) => onChange({ zone: event.currentTarget.value })}>
          <option value="">all</option>
          <optgroup label="Loaded stores">
            {[...new Set([...knownZones, ...(zone ? [zone] : [])])].sort().map((each) => (
              <option key={each}>{each}</option>
            ))}
          </optgroup>
          <optgroup label="Other zones">
            {otherZones.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </optgroup>
        </select>
      </label>
      <label>
        State
        <select value={state} onChange={(event) => onChange({ state: event.currentTarget.value as Filters['state'] })}>
          <option value="">all</option>
          {STATES.map((each) => (
            <option key={each.state} value={each.state}>
              {each.sign} {each.name.toLowerCase()}
            </option>
          ))}
        </select>
      </label>
      <label>
        Sort by
        <select value={sort} onChange={(event) => onChange({ sort: event.currentTarget.value as Filters['sort'] })}>
          <option value="lost">most lost time</option>
          <option value="store_id">store id</option>
        </select>
      </label>
      <BasisSwitch basis={basis} onBasis={(to) => onChange({ basis: to })} />
    </form>
  );
}

/** Searches when the user pauses typing. */
function Search({ q, onSearch }: { q: string; onSearch: (q: string) => void }) {
  const [text, setText] = useState(q);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => setText(q), [q]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const type = (typed: string): void => {
    setText(typed);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => onSearch(typed.trim()), DEBOUNCE_MS);
  };
  return (
    <label class="grows">
      Store id
      <input
        type="search"
        value={text}
        placeholder="full or partial id"
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => type(event.currentTarget.value)}
      />
    </label>
  );
}
