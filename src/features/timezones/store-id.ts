/** Ids are opaque text. Anything longer is a mistake. */
export const MAX_STORE_ID_LENGTH = 255;

/** Scientific notation, which spreadsheets write for long numbers: they keep 15 digits at most and show fewer. */
const SCIENTIFIC_NOTATION = /^[+-]?\d(?:[.,]\d+)?E\+\d{1,3}$/i;

/** An id as stored, in files and requests alike: without surrounding blanks (no-break spaces too). */
export const trimStoreId = (text: string): string => text.trim();

/** Why `text` is not a valid id of a new store, or undefined. Blanks inside are part of the id. */
export function storeIdProblem(text: string): string | undefined {
  if (!SCIENTIFIC_NOTATION.test(text)) return knownIdProblem(text);
  return `is a number in scientific notation: a spreadsheet has dropped its last digits; format the column as text and export it again`;
}

/** The same for an existing store, which may have been added before numbers in scientific notation were refused. */
export function knownIdProblem(text: string): string | undefined {
  if (text.trim() === '') return 'is empty';
  if (text.length > MAX_STORE_ID_LENGTH) return `is longer than ${MAX_STORE_ID_LENGTH} characters`;
  // eslint-disable-next-line no-control-regex -- PostgreSQL's text cannot hold NUL, and no other control character belongs here
  if (/[\u0000-\u001f\u007f]/.test(text)) return 'holds a control character';
  if (text.includes('\ufffd') || !text.isWellFormed()) return 'is not valid UTF-8';
  return undefined;
}
