import { Failure } from '../ui/failure.js';
import { inZone } from '../format/time.js';
import { hrefOf, replaceRoute } from '../shell/route.js';
import type { Basis } from '../api/fleet.js';
import { BasisSwitch } from '../ui/basis-switch.js';
import { STATES } from '../ui/states.js';
import { CalendarCard } from './calendar-card.js';
import { FiguresCard } from './figures-card.js';
import { addDays, isDate, localDate } from './local-time.js';
import { OutageTable } from './outage-table.js';
import { type StoreFacts, useStoreFacts, useStoreWeek } from './use-store.js';
import { WeekCard } from './week-card.js';
import './store.css';

/** One store: what its figures rest on. `basis`, `as_of` and `week` (its last local date) are in the address. */
export function StoreView({ storeId, query }: { storeId: string; query: URLSearchParams }) {
  const [asOf, wanted] = [query.get('as_of') ?? '', query.get('week') ?? ''];
  // what is no date is as good as none
  const last = isDate(wanted) ? wanted : '';
  // the six figures are those of the CSV, unless somebody wants the others
  const basis: Basis = query.get('basis') === 'observed' ? 'observed' : 'all';
  const facts = useStoreFacts(storeId, asOf);
  const week = useStoreWeek(storeId, facts.data, last);
  const address = (changed: Record<string, string>): string =>
    hrefOf('stores', storeId, { as_of: asOf, week: last, basis: basis === 'all' ? '' : basis, ...changed });
  return (
    <>
      <p class="small">
        <a href={hrefOf('fleet')}>Fleet</a>
      </p>
      <h1>{storeId}</h1>
      <Failure error={facts.error ?? week.error}>
        <p>
          <a href={hrefOf('fleet')}>Look for a store in the fleet</a>
        </p>
      </Failure>
      {!facts.data && facts.isLoading && <p class="quiet">Asking for the store …</p>}
      {facts.data && (
        <>
          <StateLine facts={facts.data} />
          <div class="store-line">
            <h2>The six figures of the report</h2>
            <BasisSwitch
              basis={basis}
              onBasis={(chosen) => replaceRoute(address({ basis: chosen === 'all' ? '' : chosen }))}
            />
          </div>
          <FiguresCard facts={facts.data} basis={basis} />
          {week.data && (
            <>
              <WeekCard
                week={week.data}
                zone={facts.data.calendar.timezone}
                earlier={address({ week: addDays(week.data.days.at(-1)!.date, -7) })}
                later={laterThan(week.data.days.at(-1)!.date, facts.data, address)}
              />
              <OutageTable week={week.data} zone={facts.data.calendar.timezone} />
            </>
          )}
          <CalendarCard calendar={facts.data.calendar} />
        </>
      )}
    </>
  );
}

function StateLine({ facts: { state, calendar, asOf } }: { facts: StoreFacts }) {
  const { name, sign } = STATES.find((each) => each.state === state)!;
  return (
    <p>
      <strong class={`state ${state}`}>
        <span aria-hidden="true">{sign} </span>
        {name}
      </strong>{' '}
      {calendar.timezone}
      {calendar.timezone_is_default && ' (by default: no time zone was loaded for it)'}
      <span class="quiet">
        {' '}
        as of {inZone(asOf, calendar.timezone)} ({inZone(asOf)})
      </span>
    </p>
  );
}

/** Of the week after the one that ends with a date; undefined: nothing is known of it yet. */
function laterThan(date: string, { asOf, calendar }: StoreFacts, address: (changed: Record<string, string>) => string) {
  const newest = localDate(Date.parse(asOf) - 1, calendar.timezone);
  if (date >= newest) return undefined;
  const next = addDays(date, 7);
  return address({ week: next >= newest ? '' : next });
}
