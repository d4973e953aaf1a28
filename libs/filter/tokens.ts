import { type DomainError, invalidArgument, quoteValue } from '../errors.js';

/** A piece of a text, or ANY for `*`. */
export type Piece = string | typeof ANY;
export const ANY = Symbol('any text');

/** A part of a filter's text: a word or quoted text, with others after dots; a symbol or keyword; or the end. */
export interface Token {
  readonly kind: 'value' | 'symbol' | 'end';
  /** As it is written. */
  readonly raw: string;
  /** The pieces between the dots of a value. */
  readonly parts: readonly (readonly Piece[])[];
  /** The number of its first character, from 1. */
  readonly at: number;
}

const BLANKS = /\s*/y;
const SYMBOL = /!=|<=|>=|[()=:<>]|(?:AND|OR|NOT)(?=[\s()]|$)/y;
const COMPARATOR = /[=:<>]$/;
/** A minus before a blank is a word: Burger - Main Street. */
const MINUS = /-(?=\S)/y;
const QUOTED = /(["'])((?:(?!\1)[^\\]|\\.)*)\1/suy;
/** A quote within a word is an ordinary character: Wendy's. */
const WORD = /[^\s"'().,:=<>!\\][^\s"().,:=<>!\\]*/uy;
const DOT = /\./y;

const PIECES = /\\(?<escaped>.)|(?<any>\*)|[^\\*]+/gsu;
const ESCAPABLE = ['"', "'", '\\', '*'];

/** `filter must …, got "…" at character 14.` */
export const filterProblem = (must: string, { raw, kind, at }: Omit<Token, 'parts'>): DomainError =>
  invalidArgument(
    'filter',
    `filter must ${must}, got ${kind === 'end' ? 'its end' : quoteValue(raw)} at character ${at}.`,
  );

/** The tokens of a filter, the end included. @throws DomainError invalid_argument */
export function tokensOf(text: string): Token[] {
  const reader = new Reader(text);
  const tokens: Token[] = [];
  for (;;) {
    reader.take(BLANKS);
    const { at } = reader;
    if (reader.isAtEnd) return [...tokens, { kind: 'end', raw: '', parts: [], at }];
    // After a comparator, a minus belongs to the text: store_id = -42.
    const isNegation = !COMPARATOR.test(tokens.at(-1)?.raw ?? '');
    const symbol = reader.take(SYMBOL) ?? (isNegation ? reader.take(MINUS) : undefined);
    tokens.push(symbol ? { kind: 'symbol', raw: symbol[0], parts: [], at } : valueOf(reader));
  }
}

function valueOf(reader: Reader): Token {
  const { at } = reader;
  const parts = [partOf(reader)];
  while (reader.take(DOT)) parts.push(partOf(reader));
  return { kind: 'value', raw: reader.since(at), parts, at };
}

function partOf(reader: Reader): Piece[] {
  const { at } = reader;
  const quoted = reader.take(QUOTED);
  if (quoted) return piecesOf(quoted[2], at + 1);
  const word = reader.take(WORD);
  if (word) return piecesOf(word[0], at);
  const rest = reader.rest();
  const [character = ''] = rest;
  if (/["']/.test(character))
    throw filterProblem(`close the quoted text with ${character}`, { kind: 'value', raw: rest, at });
  const must =
    character.trim() === ''
      ? 'have a name after a dot, or quotes around it'
      : `have quotes around a text with ${character}`;
  throw filterProblem(must, { kind: character === '' ? 'end' : 'symbol', raw: character, at });
}

/** @param at the number of the first character of `text` */
function piecesOf(text: string, at: number): Piece[] {
  return Array.from(text.matchAll(PIECES), ({ 0: raw, index, groups: { escaped, any } = {} }) => {
    if (any !== undefined) return ANY;
    if (escaped === undefined || ESCAPABLE.includes(escaped)) return escaped ?? raw;
    const place = { kind: 'value', raw, at: at + lengthOf(text.slice(0, index)) } as const;
    throw filterProblem(`have \\ only before ", ', * or \\`, place);
  });
}

/** In characters, of which one may take two UTF-16 units. */
export const lengthOf = (text: string): number => Array.from(text).length;

/** Reads a text from its start. */
class Reader {
  /** In UTF-16 units. */
  private index = 0;
  /** The number of the next character, from 1. */
  at = 1;
  private readonly characters: readonly string[];

  constructor(private readonly text: string) {
    this.characters = Array.from(text);
  }

  get isAtEnd(): boolean {
    return this.index === this.text.length;
  }

  /** What a sticky pattern matches here, if it does. */
  take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.index;
    const match = pattern.exec(this.text);
    if (!match) return undefined;
    this.index += match[0].length;
    this.at += lengthOf(match[0]);
    return match;
  }

  /** @param at the number of a character before this one */
  since(at: number): string {
    return this.characters.slice(at - 1, this.at - 1).join('');
  }

  rest(): string {
    return this.text.slice(this.index);
  }
}
