import { Migration } from '@mikro-orm/migrations';

/**
 * Polls and hours as one row per store and UTC day (docs/decisions/0031-store-days.md). Existing polls wait in
 * status_poll_row until src/features/polls/convert-poll-rows.ts has converted them to days. Hours are recomputed.
 */
export class Migration20261130060000_store_days extends Migration {
  override up(): void {
    this.addSql(`drop table uptime_day`);
    this.addSql(`drop table uptime_hour`);
    this.addSql(`alter table status_poll rename to status_poll_row`);
    this.addSql(`
      create table status_poll (
        store_id integer not null,
        polled_at timestamptz(3) not null,
        active boolean not null,
        primary key (store_id, polled_at)
      )`);
    this.addSql(
      `comment on table status_poll is 'The head: polls of hours that are not sealed yet, and late ones. Refreshing folds them into status_day.'`,
    );
    this.addSql(`
      create table status_day (
        store_id integer not null,
        day date not null,
        polls bytea not null,
        primary key (store_id, day)
      ) partition by range (day)`);
    this.addSql(`alter table status_day alter column polls set storage main`);
    this.addSql(
      `comment on table status_day is 'A row for every store and UTC day with polls; libs/store-day/poll-day.ts says what the bytes are. Read it through the view poll.'`,
    );
    this.addSql(`
      create table uptime_day (
        last_polled_at timestamptz(3) not null,
        store_id integer not null,
        day date not null,
        open_ms integer not null,
        up_ms integer not null,
        down_ms integer not null,
        carried_up_ms integer not null,
        carried_down_ms integer not null,
        polls integer not null,
        hour_count smallint not null,
        last_active boolean not null,
        hours bytea not null,
        primary key (store_id, day)
      ) partition by range (day)`);
    this.addSql(`alter table uptime_day alter column hours set storage main`);
    this.addSql(
      `comment on table uptime_day is 'A row for every store and UTC day from its first poll on: the sums of the hours that are sealed, these hours as bytes (libs/store-day/hour-day.ts; read them through the view uptime_hour), and the status in force at their end. Unknown time is the rest of open_ms.'`,
    );
    this.addSql(`delete from rollup_due`);
    this.addSql(`alter table rollup_due drop column until_next_poll`);
    this.addSql(
      `comment on table rollup_due is 'The invalidation log: the days from that of from_at to that of to_at must be computed again, and those behind into which something else is carried then.'`,
    );
    this.addSql(`update rollup_block set rolled_to = null`);
    this.addSql(`alter table rollup_state add sealed_polls_to timestamptz(3) not null default '-infinity'`);
    this.addSql(
      `comment on column rollup_state.sealed_polls_to is 'No row of status_day has a later poll than this and sealed_to.'`,
    );
    this.addSql(decodedPolls('bytes'));
    this.addSql(DECODED_HOURS);
    this.addSql(`
      create view poll as
      select store_id, polled_at, bool_and(active) as active, day
      from (
        select store_id, decoded.polled_at, decoded.active, day from status_day, decoded_polls(day, polls) as decoded
        union all
        select store_id, polled_at, active, (polled_at at time zone 'UTC')::date from status_poll
      ) as sealed_and_head
      group by store_id, day, polled_at`);
    this.addSql(`comment on view poll is 'Every poll. Conditions on store_id and day say which rows are decoded.'`);
    this.addSql(`
      create view uptime_hour as
      select store_id, decoded.*, day from uptime_day, decoded_hours(day, hours) as decoded`);
    this.addSql(
      `comment on view uptime_hour is 'A row for every store and UTC hour from its first poll on, as far as hours are sealed. Unknown time is the rest of open_ms. Conditions on store_id and day say which rows are decoded.'`,
    );
    // A new database has nothing to convert.
    this.addSql(`
      do $$ begin
        if not exists (select from pg_inherits where inhparent = 'status_poll_row'::regclass) then
          drop table status_poll_row;
        end if;
      end $$`);
  }

  override down(): void {
    this.addSql(`
      do $$ begin
        if to_regclass('status_poll_row') is not null then
          raise exception 'Polls are still being converted: run "storewatch migrate" to its end first.';
        end if;
      end $$`);
    this.addSql(`alter table status_poll rename to status_poll_head`);
    this.addSql(`
      create table status_poll (
        store_id integer not null,
        polled_at timestamptz(3) not null,
        active boolean not null,
        primary key (store_id, polled_at)
      ) partition by range (polled_at)`);
    this.addSql(`
      do $$ declare monday date; begin
        for monday in select distinct date_trunc('week', polled_at, 'UTC')::date from poll loop
          execute format('create table %I partition of status_poll for values from (%L) to (%L)',
            'status_poll_' || to_char(monday, 'YYYYMMDD'), monday::text || 'Z', (monday + 7)::text || 'Z');
        end loop;
      end $$`);
    this.addSql(`insert into status_poll select store_id, polled_at, active from poll`);
    this.addSql(`drop view uptime_hour, poll`);
    this.addSql(`drop function decoded_hours, decoded_polls`);
    this.addSql(`drop table uptime_day, status_day, status_poll_head`);
    this.addSql(`
      create table uptime_hour (
        hour timestamptz(3) not null,
        last_polled_at timestamptz(3) not null,
        store_id integer not null,
        open_ms integer not null,
        up_ms integer not null,
        down_ms integer not null,
        carried_up_ms integer not null,
        carried_down_ms integer not null,
        polls integer not null,
        last_active boolean not null,
        primary key (hour, store_id)
      ) partition by range (hour)`);
    this.addSql(`
      create table uptime_day (
        day timestamptz(3) not null,
        store_id integer not null,
        open_ms integer not null,
        up_ms integer not null,
        down_ms integer not null,
        carried_up_ms integer not null,
        carried_down_ms integer not null,
        polls integer not null,
        hours integer not null,
        primary key (day, store_id)
      )`);
    this.addSql(`delete from rollup_due`);
    this.addSql(`alter table rollup_due add until_next_poll boolean not null default false`);
    this.addSql(`update rollup_block set rolled_to = null`);
    this.addSql(`alter table rollup_state drop column sealed_polls_to`);
  }
}

/** SQL counterparts of libs/store-day, for psql and other readers of the tables. They do not verify the checksum. */

/** @param plain SQL expression for the uncompressed bytes */
export const decodedPolls = (plain: string): string => `
  create or replace function decoded_polls(day date, bytes bytea) returns table (polled_at timestamptz(3), active boolean)
  language plpgsql immutable strict parallel safe as $$
  declare
    plain constant bytea := ${plain};
    at integer := 1;
    last constant integer := length(plain) - 4;
    ms bigint := (day - date '1970-01-01') * 86400000::bigint;
    value bigint;
    shift integer;
    byte integer;
  begin
    if get_byte(plain, 0) <> 1 then raise exception 'version % of polls is not known', get_byte(plain, 0); end if;
    while at < last loop
      value := 0;
      shift := 0;
      loop
        byte := get_byte(plain, at);
        value := value | ((byte & 127)::bigint << shift);
        at := at + 1;
        exit when byte < 128;
        shift := shift + 7;
      end loop;
      ms := ms + (value >> 1);
      polled_at := timestamptz 'epoch' + ms * interval '1 ms';
      active := (value & 1) = 1;
      return next;
    end loop;
  end $$`;

const DECODED_HOURS = `
  create function decoded_hours(day date, bytes bytea) returns table (
    hour timestamptz(3), open_ms integer, up_ms integer, down_ms integer, carried_up_ms integer, carried_down_ms integer,
    polls integer)
  language plpgsql immutable strict parallel safe as $$
  declare
    at integer := 3;
    parts integer[];
    made integer;
    kind integer;
    numbers integer[];
    byte integer;
    value integer;
    shift integer;
    wanted integer;
  begin
    if get_byte(bytes, 0) <> 1 then raise exception 'version % of hours is not known', get_byte(bytes, 0); end if;
    for number in get_byte(bytes, 1) .. get_byte(bytes, 1) + get_byte(bytes, 2) - 1 loop
      made := get_byte(bytes, at);
      at := at + 1;
      kind := (made >> 2) & 7;
      wanted := ((made & 3) / 2) + (case when kind = 5 then 4 else 0 end) + (case when made >> 5 = 7 then 1 else 0 end);
      numbers := '{}';
      for i in 1 .. wanted loop
        value := 0;
        shift := 0;
        loop
          byte := get_byte(bytes, at);
          value := value | ((byte & 127) << shift);
          at := at + 1;
          exit when byte < 128;
          shift := shift + 7;
        end loop;
        numbers := numbers || value;
      end loop;
      hour := timestamptz 'epoch' + ((day - date '1970-01-01') * 24 + number) * interval '1 hour';
      open_ms := case made & 3 when 0 then 0 when 1 then 3600000 else numbers[1] end;
      if made & 3 = 2 then numbers := numbers[2:]; end if;
      up_ms := case kind when 0 then open_ms when 5 then numbers[1] else 0 end;
      down_ms := case kind when 1 then open_ms when 5 then numbers[2] else 0 end;
      carried_up_ms := case kind when 2 then open_ms when 5 then numbers[3] else 0 end;
      carried_down_ms := case kind when 3 then open_ms when 5 then numbers[4] else 0 end;
      polls := case when made >> 5 = 7 then numbers[cardinality(numbers)] else made >> 5 end;
      return next;
    end loop;
  end $$`;
