/** Ids are opaque text; this much of it is an id and not an accident. */
export const MAX_STORE_ID_LENGTH = 255;

/** What a spreadsheet makes of a long number: fifteen of its digits are left, and shown are fewer. */
const SPOILT = /^[+-]?\d(?:[.,]\d+)?E\+\d{1,3}$/i;

/** An id as it is kept: blanks around it (no-break spaces too) are no part of it, in files and requests alike. */
export const trimStoreId = (text: string): string => text.trim();

/** Why `text` cannot be the id of a new store, or undefined when it can. Blanks inside are part of the id. */
export function storeIdProblem(text: string): string | undefined {
  if (!SPOILT.test(text)) return knownIdProblem(text);
  return `is a number that a spreadsheet has spoilt: its last digits are lost; format the column as text there and export it again`;
}

/** The same for any store, also one that was added before spoilt ids were refused. */
export function knownIdProblem(text: string): string | undefined {
  if (text.trim() === '') return 'is empty';
  if (text.length > MAX_STORE_ID_LENGTH) return `is longer than ${MAX_STORE_ID_LENGTH} characters`;
  // eslint-disable-next-line no-control-regex -- PostgreSQL's text cannot hold NUL, and no other control character belongs here
  if (/[\u0000-\u001f\u007f]/.test(text)) return 'holds a control character';
  if (text.includes('\ufffd') || !text.isWellFormed()) return 'is not valid UTF-8';
  return undefined;
}
