/** An API key. Its id may be logged (src/edge/access/api-key.ts). */
const API_KEY = /\b(sw_[\da-f]{12})_[\w-]+/g;
/** The password in a URL: up to the last @ before its path. */
const URL_PASSWORD = /\b([a-z][a-z\d+.-]*:\/\/[^\s:/@"'\\]*):[^\s/"'\\]+@/gi;
/** The credentials of an Authorization header, wherever one is quoted. */
const CREDENTIALS = /\b(bearer|basic)\s+[^\s"',;\\]+/gi;
/** The secret of a webhook (Standard Webhooks). */
const WEBHOOK_SECRET = /\bwhsec_[\w+/=-]+/g;

/** A log line with secrets redacted, whatever wrote them, including messages of libraries. */
export const withoutSecrets = (line: string): string =>
  line
    .replace(API_KEY, '$1_[redacted]')
    .replace(URL_PASSWORD, '$1:[redacted]@')
    .replace(CREDENTIALS, '$1 [redacted]')
    .replace(WEBHOOK_SECRET, 'whsec_[redacted]');
