import { invalidArgument, quoteValue } from '#libs/errors.js';

/** Names and tags of stores: what they may be, the same for files and requests. */

export const MAX_TAGS = 32;
export const MAX_TEXT_LENGTH = 255;

const KEY = /^[a-zA-Z_][a-zA-Z0-9_]{0,62}$/;

/** For messages: `… must be KEY_FORM`. */
export const KEY_FORM = '1 to 63 letters, digits and _, not beginning with a digit';

/** Values by key. */
export type Tags = Readonly<Record<string, string>>;

export interface NameAndTags {
  readonly name: string | null;
  readonly tags: Tags;
}

export interface NameAndTagsChange {
  /** null: no name; undefined: the name stays. */
  readonly name: string | null | undefined;
  /** null: no such tag. Tags that are not here stay, unless all are replaced. */
  readonly tags: ReadonlyMap<string, string | null>;
}

export const isTagKey = (text: string): boolean => KEY.test(text);

/** A name or a tag's value, trimmed; null for null or a blank text. A problem is phrased to follow a field's name. */
export function readText(value: unknown): { readonly value: string | null } | { readonly problem: string } {
  if (value === null) return { value };
  const text = typeof value === 'string' ? value.trim() : undefined;
  if (text === undefined || isTooLong(text) || /\p{Cc}/u.test(text)) {
    const form = `text of at most ${MAX_TEXT_LENGTH} characters without control characters`;
    return { problem: `must be ${form}, got ${quoteValue(value)}` };
  }
  if (text.includes('\ufffd') || !text.isWellFormed()) {
    return { problem: `must be valid UTF-8, got ${quoteValue(value)}` };
  }
  return { value: text === '' ? null : text };
}

/** Counts characters, not UTF-16 code units. */
const isTooLong = (text: string): boolean => text.length > MAX_TEXT_LENGTH && Array.from(text).length > MAX_TEXT_LENGTH;

/**
 * A change as given in a request. Absent fields are undefined, or null in gRPC.
 * @param path prefix of the fields' names, such as `updates[3].`
 * @throws DomainError invalid_argument
 */
export function readChange(path: string, name: unknown, tags: unknown): NameAndTagsChange {
  const given = tags ?? {};
  if (typeof given !== 'object' || Array.isArray(given)) {
    throw invalidArgument(`${path}tags`, `${path}tags must be an object of texts, got ${quoteValue(tags)}.`);
  }
  const changes = new Map<string, string | null>();
  for (const [key, value] of Object.entries(given)) {
    if (!isTagKey(key)) {
      throw invalidArgument(`${path}tags`, `A key of ${path}tags must be ${KEY_FORM}, got ${quoteValue(key)}.`);
    }
    changes.set(key, valueAt(`${path}tags.${key}`, value));
  }
  return { name: name === undefined ? undefined : valueAt(`${path}name`, name), tags: changes };
}

function valueAt(field: string, value: unknown): string | null {
  const read = readText(value);
  if ('value' in read) return read.value;
  throw invalidArgument(field, `${field} ${read.problem}.`);
}

/** @param replaceTags whether tags that the change does not have are removed */
export function changed(before: NameAndTags, { name, tags }: NameAndTagsChange, replaceTags: boolean): NameAndTags {
  const after = new Map(replaceTags ? [] : Object.entries(before.tags));
  for (const [key, value] of tags) {
    if (value === null) after.delete(key);
    else after.set(key, value);
  }
  return { name: name === undefined ? before.name : name, tags: Object.fromEntries(after) };
}

export function isSame(a: NameAndTags, b: NameAndTags): boolean {
  const tags = Object.entries(a.tags);
  const others = new Map(Object.entries(b.tags));
  return a.name === b.name && tags.length === others.size && tags.every(([key, value]) => others.get(key) === value);
}
