/** The parameter that names a report. */
export const REPORT_ID = { name: 'report_id', schema: { type: 'string', format: 'uuid' } } as const;
