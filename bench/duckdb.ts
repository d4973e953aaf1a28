import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';

/**
 * The script that an analyst might write instead of Storewatch: from the three CSVs to the report in DuckDB, storing
 * nothing. It is the baseline of the stages `cold` and `report`, and an independent check: its file must equal
 * Storewatch's byte for byte. So it follows docs/numbers.md (basis all, as of the latest poll), but does not handle
 * invalid rows.
 *
 *     node bench/duckdb.ts DIR OUT
 */
export async function duckdbReport(dir: string, out: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    await connection.run(polls(dir));
    await connection.run(calendars(dir));
    const zones = await connection.runAndReadAll(
      `select distinct zone, (select min(start_ms) from horizon), (select max(end_ms) from horizon) from store`,
    );
    const offsets = zones
      .getRows()
      .flatMap(([zone, from, to]) => offsetsOf(String(zone), Number(from) - 5 * DAY_MS, Number(to) + 5 * DAY_MS));
    await connection.run(`create table utc_offset (zone varchar, from_ms bigint, offset_ms bigint)`);
    await connection.run(
      `insert into utc_offset values ${offsets.map((o) => `('${o.zone}', ${o.fromMs}, ${o.offsetMs})`).join(', ')}`,
    );
    await connection.run(OPENINGS);
    await connection.run(REPORT(out));
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const csv = (dir: string, file: string): string =>
  `read_csv(${quoted(`${dir}/${file}`)}, header = true, all_varchar = true, delim = ',', quote = '"', escape = '"')`;

/** Of two statuses at one instant, inactive wins. A status holds until the next poll, the last one until as-of. */
const polls = (dir: string): string => `
  create table poll as
    select store_id, epoch_ms(replace(timestamp_utc, ' UTC', '')::timestamp) as at_ms, min(status = 'active') as active
    from ${csv(dir, 'store_status*.csv')} group by all;
  create table horizon as select max(at_ms) - ${7 * DAY_MS} as start_ms, max(at_ms) as end_ms from poll;
  create table active as
    with ahead as (
      select store_id, at_ms, active, lag(active) over later as before
      from poll window later as (partition by store_id order by at_ms)
    ), change as (
      select store_id, active, at_ms, lead(at_ms, 1, (select end_ms from horizon)) over later as until_ms
      from ahead where active is distinct from before window later as (partition by store_id order by at_ms)
    )
    select store_id, greatest(at_ms, start_ms) as start_ms, until_ms as end_ms
    from change, horizon where active and until_ms > start_ms`;

/** The weekday column has two names in the published files, so columns are read by position. */
const calendars = (dir: string): string => `
  create table hours as
    select store_id, weekday::integer as weekday, start_ms,
      case when end_ms >= ${23 * HOUR_MS + 59 * 60_000} then ${DAY_MS} else end_ms end as end_ms
    from (
      select #1 as store_id, #2 as weekday, epoch_ms('1970-01-01'::date + #3::time) as start_ms,
        if(#4 = '24:00:00', ${DAY_MS}, epoch_ms('1970-01-01'::date + #4::time)) as end_ms
      from ${csv(dir, 'business_hours.csv')}
    );
  update hours set end_ms = end_ms + ${DAY_MS} where end_ms <= start_ms;
  create table store as
    select store_id, coalesce(any_value(timezone_str), 'America/Chicago') as zone
    from (
      select store_id, timezone_str from ${csv(dir, 'store_timezones.csv')}
      union all select store_id, null from hours
      union all select distinct store_id, null from poll
    ) group by store_id`;

/**
 * Converts local times to UTC by RFC 5545: a repeated time means its first occurrence; a skipped time uses the offset
 * before the gap.
 */
const OPENINGS = `
  create table opening_local as
    select store_id, zone, day_ms + start_ms as start_ms, day_ms + end_ms as end_ms
    from (
      select unnest(generate_series(start_ms // ${DAY_MS} - 3, end_ms // ${DAY_MS} + 1)) * ${DAY_MS} as day_ms from horizon
    ) join hours on weekday = (day_ms // ${DAY_MS} + 3) % 7 join store using (store_id);
  create table utc as
    with local as (
      select zone, start_ms as local_ms from opening_local union select zone, end_ms from opening_local
    ), read as (
      select local.zone, local_ms, local_ms - b.offset_ms as by_before, local_ms - a.offset_ms as by_after
      from local
      asof join utc_offset b on b.zone = local.zone and b.from_ms <= local_ms - ${DAY_MS}
      asof join utc_offset a on a.zone = local.zone and a.from_ms <= local_ms + ${DAY_MS}
    ), checked as (
      select read.zone, local_ms, by_before, least(by_before, by_after) as first_ms,
        greatest(by_before, by_after) as second_ms, f.offset_ms as first_offset, s.offset_ms as second_offset
      from read
      asof join utc_offset f on f.zone = read.zone and f.from_ms <= least(by_before, by_after)
      asof join utc_offset s on s.zone = read.zone and s.from_ms <= greatest(by_before, by_after)
    )
    select zone, local_ms, case
      when first_ms + first_offset = local_ms then first_ms
      when second_ms + second_offset = local_ms then second_ms
      else by_before end as utc_ms
    from checked;
  create table opening as
    with given as (
      select store_id, s.utc_ms as start_ms, e.utc_ms as end_ms
      from opening_local o
      join utc s on s.zone = o.zone and s.local_ms = o.start_ms
      join utc e on e.zone = o.zone and e.local_ms = o.end_ms
      where e.utc_ms > s.utc_ms
    ), apart as (
      select store_id, end_ms, greatest(start_ms, max(end_ms) over (
          partition by store_id order by start_ms, end_ms rows between unbounded preceding and 1 preceding
        )) as start_ms
      from given
    ), cut as (
      select store_id, greatest(a.start_ms, h.start_ms) as start_ms, least(a.end_ms, h.end_ms) as end_ms
      from apart a, horizon h
      union all
      select store_id, start_ms, end_ms from store, horizon where store_id not in (select store_id from hours)
    )
    select * from cut where end_ms > start_ms`;

const REPORT = (out: string): string => {
  const within = (table: string, lengthMs: number): string =>
    `coalesce(sum(greatest(0, ${table}.end_ms - greatest(${table}.start_ms, h.end_ms - ${lengthMs}))), 0)::bigint`;
  const windows = [HOUR_MS, DAY_MS, 7 * DAY_MS];
  const sums = (table: string): string => windows.map((ms, i) => `${within(table, ms)} as w${i}`).join(', ');
  const hundredths = (ms: string, unit: number): string => `((${ms}) * 200 + ${unit}) // ${2 * unit}`;
  const figure = (ms: string, window: number): string => {
    const value = hundredths(ms, window === 0 ? 60_000 : HOUR_MS);
    return `(${value}) // 100 || '.' || lpad(((${value}) % 100)::varchar, 2, '0')`;
  };
  return `
  create table up_time as
    select a.store_id, greatest(a.start_ms, o.start_ms) as start_ms, least(a.end_ms, o.end_ms) as end_ms
    from active a join opening o on a.store_id = o.store_id and a.start_ms < o.end_ms and o.start_ms < a.end_ms;
  copy (
    with open as (select store_id, ${sums('o')} from opening o, horizon h group by store_id),
      up as (select store_id, ${sums('u')} from up_time u, horizon h group by store_id),
      sums as (
        select store_id,
          ${windows.map((_, i) => `coalesce(up.w${i}, 0) as up${i}, coalesce(open.w${i}, 0) as open${i}`).join(', ')}
        from store left join open using (store_id) left join up using (store_id)
      )
    select
      if(regexp_matches(store_id, '^[=+\\-@]') and not regexp_matches(store_id, '^-\\d+$'), '''' || store_id, store_id)
        as store_id,
      ${figure('up0', 0)} as "uptime_last_hour(in minutes)",
      ${figure('up1', 1)} as "uptime_last_day(in hours)",
      ${figure('up2', 2)} as "update_last_week(in hours)",
      ${figure('open0 - up0', 0)} as "downtime_last_hour(in minutes)",
      ${figure('open1 - up1', 1)} as "downtime_last_day(in hours)",
      ${figure('open2 - up2', 2)} as "downtime_last_week(in hours)"
    from sums order by sums.store_id
  ) to ${quoted(out)} (header true, delimiter ',')`;
};

interface Offset {
  readonly zone: string;
  readonly fromMs: number;
  readonly offsetMs: number;
}

/**
 * The UTC offsets of a zone: local minus UTC, from each instant at which it changes. SQL does the rest. DuckDB's ICU
 * has time zones too, but does not let the caller choose the occurrence of an ambiguous local time.
 */
function offsetsOf(zone: string, fromMs: number, toMs: number): Offset[] {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  const offsetAt = (ms: number): number => {
    const name = format.formatToParts(ms).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const [, sign, hours, minutes] = /GMT([+-])(\d\d):(\d\d)/.exec(name) ?? [];
    return hours === undefined ? 0 : Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes)) * 60_000;
  };
  const firstMs = Math.floor(fromMs / DAY_MS) * DAY_MS;
  const offsets = [{ zone, fromMs: firstMs, offsetMs: offsetAt(firstMs) }];
  for (let dayMs = firstMs; dayMs <= toMs; dayMs += DAY_MS) {
    if (offsetAt(dayMs + DAY_MS) === offsets.at(-1)!.offsetMs) continue;
    // All zones change their clocks on a quarter of an hour.
    let ms = dayMs;
    while (offsetAt(ms) === offsets.at(-1)!.offsetMs) ms += HOUR_MS / 4;
    offsets.push({ zone, fromMs: ms, offsetMs: offsetAt(ms) });
  }
  return offsets;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [dir, out] = parseArgs({ allowPositionals: true }).positionals;
  if (dir === undefined || out === undefined)
    throw new Error('Usage: node bench/duckdb.ts DIR OUT: the folder of the three files, and the file to write.');
  await duckdbReport(dir, out);
}
