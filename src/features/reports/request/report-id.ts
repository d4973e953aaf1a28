import { SAMPLE_REPORT_ID } from '../../../sample-data/examples.js';

/** The parameter with a report's id. */
export const REPORT_ID = {
  name: 'report_id',
  schema: { type: 'string', format: 'uuid', example: SAMPLE_REPORT_ID },
} as const;
