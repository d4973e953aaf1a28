import { Migration } from '@mikro-orm/migrations';
import { decodedPolls } from './Migration20261130060000_store_days.js';

/**
 * Days with very many polls are stored compressed, and each get_byte call decompressed all of the bytes. For a day
 * polled every second, the view poll took minutes.
 */
export class Migration20261130150000_long_days extends Migration {
  override up(): void {
    this.addSql(decodedPolls("bytes || ''"));
  }

  override down(): void {
    this.addSql(decodedPolls('bytes'));
  }
}
