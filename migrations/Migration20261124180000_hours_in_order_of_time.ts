import { Migration } from '@mikro-orm/migrations';

/** Hour rows keyed by hour first, and daily sums (docs/decisions/0010-hours-in-order-of-time-and-days.md). */
export class Migration20261124180000_hours_in_order_of_time extends Migration {
  override up(): void {
    this.addSql(`alter table uptime_hour drop constraint uptime_hour_pkey, add primary key (hour, store_id)`);
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
    this.addSql(
      `comment on table uptime_day is 'The sums of uptime_hour of every store and UTC day that is rolled up to its end, and how many hour rows they are the sum of.'`,
    );
    this.addSql(`
      insert into uptime_day
      select date_trunc('day', hour, 'UTC') as day, store_id, sum(open_ms), sum(up_ms), sum(down_ms), sum(carried_up_ms),
        sum(carried_down_ms), sum(polls), count(*)
      from uptime_hour join rollup_block on block = store_id / 1000
      where date_trunc('day', hour, 'UTC') + interval '1 day' <= rolled_to
      group by day, store_id`);
  }

  override down(): void {
    this.addSql(`drop table uptime_day`);
    this.addSql(`alter table uptime_hour drop constraint uptime_hour_pkey, add primary key (store_id, hour)`);
  }
}
