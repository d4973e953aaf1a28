import { ApiKey } from '../edge/access/api-key.entity.js';
import { Import } from '../features/ingestion/imports/import.entity.js';
import { Report } from '../features/reports/record/report.entity.js';
import { Schedule, ScheduleRun } from '../features/schedules/schedule.entity.js';

/** Tables that MikroORM reads and writes. For why the others use SQL, see docs/decisions/0006. */
export const ENTITIES = [ApiKey, Import, Report, Schedule, ScheduleRun];
