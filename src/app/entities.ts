import { ApiKey } from '../edge/access/api-key.entity.js';
import { Import } from '../features/ingestion/imports/import.entity.js';
import { Report } from '../features/reports/record/report.entity.js';
import { Schedule, ScheduleRun } from '../features/schedules/schedule.entity.js';

/** The tables whose rows MikroORM reads and writes; docs/decisions/0006 says why the others are not among them. */
export const ENTITIES = [ApiKey, Import, Report, Schedule, ScheduleRun];
