/** SQL that turns a timestamptz expression into epoch ms as a JavaScript number (infinities stay infinite, null null). */
export const epochMs = (expression: string): string => `(extract(epoch from ${expression}) * 1000)::float8`;

/** SQLSTATE of an error that PostgreSQL reported, else undefined. Constraint names are never compared. */
export const sqlState = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

export const UNIQUE_VIOLATION = '23505';
