/** Statuses for which RFC 9110 and RFC 6585 define Retry-After. */
const STATUSES = new Set([429, 503]);

/** The only date format that HTTP senders may still generate: `Fri, 27 Nov 2026 09:00:00 GMT`. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * The delay that a response's Retry-After asks for (RFC 9110, 10.2.3), given as seconds or a date.
 * @returns whole seconds; undefined when absent or malformed
 */
export function retryAfterOf(status: number, header: string | undefined, nowMs: number): number | undefined {
  if (!STATUSES.has(status) || header === undefined) return undefined;
  if (/^\d+$/.test(header)) return Number(header);
  if (!HTTP_DATE.test(header)) return undefined;
  const seconds = Math.ceil((Date.parse(header) - nowMs) / 1_000);
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds);
}
