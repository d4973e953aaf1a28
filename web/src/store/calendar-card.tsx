import type { Calendar } from './use-store.js';

const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

/** The business hours of the store, in local time. */
export function CalendarCard({ calendar }: { calendar: Calendar }) {
  const { business_hours: weekly, special_hours: special, opened_on: openedOn, closed_on: closedOn } = calendar;
  return (
    <section class="card" aria-labelledby="calendar-title">
      <h2 id="calendar-title">Calendar</h2>
      <p class="quiet small">Local time, {calendar.timezone}</p>
      {weekly.length === 0 ? (
        <p>No business hours are set, so the store counts as always open.</p>
      ) : (
        <table class="calendar">
          <tbody>
            {DAYS.map((name, day) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{hoursText(weekly.filter(({ day_of_week: of }) => of === day))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {special.length > 0 && (
        <>
          <h3>Special hours</h3>
          <ul>
            {special.map(({ date, hours }) => (
              <li key={date}>
                {date}: {hoursText(hours)}
              </li>
            ))}
          </ul>
        </>
      )}
      {openedOn !== null && <p>First day: {openedOn}</p>}
      {closedOn !== null && <p>Last day: {closedOn}</p>}
    </section>
  );
}

interface Hours {
  readonly start_time_local: string;
  readonly end_time_local: string;
}

/** An end at or before its start is on the next date. 23:59 and later count as midnight, as in the figures. */
function hoursText(hours: readonly Hours[]): string {
  if (hours.length === 0) return 'closed';
  return hours
    .map((each) => {
      const { start_time_local: start, end_time_local: end } = each;
      return isWholeDay(each) ? 'all day' : `${short(start)} to ${endText(start, end)}`;
    })
    .join(', ');
}

const isWholeDay = ({ start_time_local: start, end_time_local: end }: Hours): boolean =>
  start === '00:00:00' && (end >= '23:59' || end === start);

function endText(start: string, end: string): string {
  if (end >= '23:59') return 'midnight';
  return end <= start ? `${short(end)} the next day` : short(end);
}

const short = (time: string): string => time.replace(/:00$/, '');
