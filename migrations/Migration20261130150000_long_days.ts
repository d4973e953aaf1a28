import { Migration } from '@mikro-orm/migrations';
import { decodedPolls } from './Migration20261130060000_store_days.js';

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
