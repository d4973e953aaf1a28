/** Ids are opaque text; this much of it is an id and not an accident. */
const MAX_STORE_ID_LENGTH = 255;

/** Why `text` cannot be a store id, or undefined when it can. Blanks inside and around are part of the id. */
export function storeIdProblem(text: string): string | undefined {
  if (text.trim() === '') return 'is empty';
  if (text.length > MAX_STORE_ID_LENGTH) return `is longer than ${MAX_STORE_ID_LENGTH} characters`;
  // eslint-disable-next-line no-control-regex -- PostgreSQL's text cannot hold NUL, and no other control character belongs here
  if (/[\u0000-\u001f\u007f]/.test(text)) return 'holds a control character';
  if (text.includes('\ufffd') || !text.isWellFormed()) return 'is not valid UTF-8';
  return undefined;
}
