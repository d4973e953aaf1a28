import { SAMPLE_REPORT_ID, SAMPLE_STORE_ID } from '../../sample-data/examples.js';

/** Complete example responses for the OpenAPI document. */

const PROGRESS = { stores_done: 120, stores_total: 200 };
const AS_OF = '2026-01-12T17:00:00.000Z';
const LAST_3_DAYS = { name: 'last_3_days', from: '2026-01-09T17:00:00.000Z', to: AS_OF };
const IN_PROGRESS = 'Report generation in progress...';

export const TRIGGERED = { report_id: SAMPLE_REPORT_ID, status: 'Running', message: 'Report generation started' };

export const STATE = { report_id: SAMPLE_REPORT_ID, status: 'Running', message: IN_PROGRESS, progress: PROGRESS };

const OPTIONS = {
  as_of: AS_OF,
  basis: 'all',
  format: 'json',
  stores: [SAMPLE_STORE_ID],
  filter: null,
  windows: [LAST_3_DAYS],
  columns: null,
  group_by: null,
};

export const CREATED_REPORT = {
  report_id: SAMPLE_REPORT_ID,
  status: 'Running',
  message: IN_PROGRESS,
  progress: { stores_done: 0, stores_total: null },
  ...OPTIONS,
  account: null,
  size_bytes: null,
  sha256: null,
  webhook: null,
  created_at: '2026-01-12T17:00:03.120Z',
  finished_at: null,
  expired_at: null,
};

export const COMPLETE_REPORT = {
  ...CREATED_REPORT,
  status: 'Complete',
  message: 'Report generation complete',
  progress: { stores_done: 1, stores_total: 1 },
  account: {
    as_of: AS_OF,
    basis: 'all',
    filter: null,
    poll_valid_for_ms: 10_800_000,
    tz_version: '2026a',
    stores: 1,
    windows: [{ ...LAST_3_DAYS, polls: 71, stores_never_polled: 0, stores_silent: 0, observed_share: 0.9642 }],
  },
  size_bytes: 618,
  sha256: 'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9',
  finished_at: '2026-01-12T17:00:03.871Z',
};

export const REPORT_CSV = `store_id,uptime_last_hour(in minutes),uptime_last_day(in hours),update_last_week(in hours),downtime_last_hour(in minutes),downtime_last_day(in hours),downtime_last_week(in hours)
${SAMPLE_STORE_ID},60.00,8.00,53.50,0.00,0.50,6.00
`;
