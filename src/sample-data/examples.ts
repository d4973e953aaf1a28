/**
 * Ids in the sample data of `npm start`, used in the examples of the OpenAPI document, so that each example works as
 * is.
 */

/** A store in New York with business hours and polls. The seed determines its id. */
export const SAMPLE_STORE_ID = '3528132028707629359';
/** A date on which that store has special hours. */
export const SAMPLE_SPECIAL_DATE = '2026-12-25';
/** The first report. */
export const SAMPLE_REPORT_ID = '5a3e1c9e-0000-4000-8000-000000000001';
/** The import of the polls. */
export const SAMPLE_IMPORT_ID = '5a3e1c9e-0000-4000-8000-000000000002';
