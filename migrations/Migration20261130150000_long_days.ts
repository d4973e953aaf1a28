import { Migration } from '@mikro-orm/migrations';

/**
 * Days of very many polls are kept compressed, and get_byte decompressed all of the bytes for each of them: a day that was polled
 * every second took the view poll minutes.
 */
export class Migration20261130150000_long_days extends Migration {
  override up(): void {
    this.addSql(decodedPolls("bytes || ''"));
  }

  override down(): void {
    this.addSql(decodedPolls('bytes'));
  }
}

const decodedPolls = (uncompressed: string): string => `
  create or replace function decoded_polls(day date, bytes bytea) returns table (polled_at timestamptz(3), active boolean)
  language plpgsql immutable strict parallel safe as $$
  declare
    plain constant bytea := ${uncompressed};
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
