import { Migration } from '@mikro-orm/migrations';

const DAY_MS = 86_400_000;
const CHECKED = ['start_ms', 'end_ms'];

/** Times of day up to 30:00, and rows that mark a store as closed. */
export class Migration20261129210000_hours_past_midnight extends Migration {
  override up(): void {
    for (const column of CHECKED) {
      this.addSql(`alter table business_hours drop constraint business_hours_${column}_check`);
      this.addSql(
        `alter table business_hours add constraint business_hours_${column}_check check (${column} between -1 and ${1.25 * DAY_MS})`,
      );
    }
    this.addSql(
      `alter table business_hours add constraint business_hours_closed_check check ((start_ms = -1) = (end_ms = -1))`,
    );
    this.addSql(
      `comment on table business_hours is 'As the source wrote them: 0 is Monday, local times in ms since the midnight of that day, up to 30 h. Both -1: no opening. No rows for a store: open round the clock.'`,
    );
  }

  /**
   * A start past midnight moves to the next day. An end past midnight becomes the same time of day, which also means
   * the next date. A store that has only closed rows has none afterwards, so it is open around the clock again.
   */
  override down(): void {
    this.addSql(`delete from business_hours where start_ms = -1`);
    this.addSql(`
      insert into business_hours (store_id, day_of_week, start_ms, end_ms)
      select store_id, (day_of_week + start_ms / ${DAY_MS}) % 7, start_ms % ${DAY_MS},
        case when end_ms > ${DAY_MS} then end_ms - ${DAY_MS} else end_ms end
      from business_hours where start_ms >= ${DAY_MS} or end_ms > ${DAY_MS}
      on conflict do nothing`);
    this.addSql(`delete from business_hours where start_ms >= ${DAY_MS} or end_ms > ${DAY_MS}`);
    this.addSql(`alter table business_hours drop constraint business_hours_closed_check`);
    for (const [column, max] of [
      ['start_ms', DAY_MS - 1],
      ['end_ms', DAY_MS],
    ] as const) {
      this.addSql(`alter table business_hours drop constraint business_hours_${column}_check`);
      this.addSql(
        `alter table business_hours add constraint business_hours_${column}_check check (${column} between 0 and ${max})`,
      );
    }
    this.addSql(
      `comment on table business_hours is 'As the source wrote them: 0 is Monday, local times of day in ms. No rows for a store: open round the clock.'`,
    );
  }
}
