/** The release of the tz database that this Node computes with, such as `2026a`. */
export const tzVersion = (): string => process.versions.tz ?? 'unknown';
