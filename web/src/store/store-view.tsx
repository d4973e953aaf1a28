import { Failure } from '../ui/failure.js';
import { formatTime } from '../format/time.js';
import { hrefOf, replaceRoute } from '../shell/route.js';
import type { Basis } from '../api/fleet.js';
import { BasisSwitch } from '../ui/basis-switch.js';
import { tagsText } from '../ui/store-name.js';
import { STATES } from '../ui/states.js';
import { CalendarCard } from './calendar-card.js';
import { FiguresCard } from './figures-card.js';
import { addDays, isDate, localDate } from './local-time.js';
import { OutageTable } from './outage-table.js';
import { type StoreDetails, useStoreDetails, useStoreWeek } from './use-store.js';
import { WeekCard } from './week-card.js';
import './store.css';

/** One store: its figures, the week behind them, outages and calendar. The address has `basis`, `as_of` and `week` (the last local
 * date of the week). */
export function StoreView({ storeId, query }: { storeId: string; query: URLSearchParams }) {
  const [asOf, requested] = [query.get('as_of') ?? '', query.get('week') ?? ''];
  // An invalid date counts as none.
  const last = isDate(requested) ? requested : '';
  // The default basis is that of the CSV, so that the figures match its row.
  const basis: Basis = query.get('basis') === 'observed' ? 'observed' : 'all';
  const store = useStoreDetails(storeId, asOf);
  const week = useStoreWeek(storeId, store.data, last);
  const address = (changed: Record<string, string>): string =>
    hrefOf('stores', storeId, { as_of: asOf, week: last, basis: basis === 'all' ? '' : basis, ...changed });
  return (
    <>
      <p class="small">
        <a href={hrefOf('fleet')}>Fleet</a>
      </p>
      <h1>{store.data?.calendar.name ?? storeId}</h1>
      {store.data && <NameLine calendar={store.data.calendar} />}
      <Failure error={store.error ?? week.error}>
        <p>
          <a href={hrefOf('fleet')}>Search the fleet</a>
        </p>
      </Failure>
      {!store.data && store.isLoading && <p class="quiet">Loading …</p>}
      {store.data && (
        <>
          <StateLine store={store.data} />
          <div class="store-line">
            <h2>Report figures</h2>
            <BasisSwitch
              basis={basis}
              onBasis={(selected) => replaceRoute(address({ basis: selected === 'all' ? '' : selected }))}
            />
          </div>
          <FiguresCard store={store.data} basis={basis} />
          {week.data && (
            <>
              <WeekCard
                week={week.data}
                zone={store.data.calendar.timezone}
                earlier={address({ week: addDays(week.data.days.at(-1)!.date, -7) })}
                later={nextWeekHref(week.data.days.at(-1)!.date, store.data, address)}
              />
              <OutageTable week={week.data} zone={store.data.calendar.timezone} />
            </>
          )}
          <CalendarCard calendar={store.data.calendar} />
        </>
      )}
    </>
  );
}

/** The id below a name, and the tags. */
function NameLine({ calendar: { store_id: id, name, tags } }: Pick<StoreDetails, 'calendar'>) {
  const parts = [name === null ? '' : `id: ${id}`, tagsText(tags)].filter(Boolean);
  return parts.length > 0 ? <p class="quiet">{parts.join(', ')}</p> : null;
}

function StateLine({ store: { state, calendar, asOf } }: { store: StoreDetails }) {
  const { name, sign } = STATES.find((each) => each.state === state)!;
  return (
    <p>
      <strong class={`state ${state}`}>
        <span aria-hidden="true">{sign} </span>
        {name}
      </strong>{' '}
      {calendar.timezone}
      {calendar.timezone_is_default && ' (default: no timezone is set for this store)'}
      <span class="quiet">
        {' '}
        as of {formatTime(asOf, calendar.timezone)} ({formatTime(asOf)})
      </span>
    </p>
  );
}

/** Address of the week after the one that ends on `date`; undefined: that week is after as-of. */
function nextWeekHref(
  date: string,
  { asOf, calendar }: StoreDetails,
  address: (changed: Record<string, string>) => string,
) {
  const newest = localDate(Date.parse(asOf) - 1, calendar.timezone);
  if (date >= newest) return undefined;
  const next = addDays(date, 7);
  return address({ week: next >= newest ? '' : next });
}
