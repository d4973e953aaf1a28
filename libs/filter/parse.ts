import { invalidArgument } from '../errors.js';
import { COMPARATORS, type Comparator, type Filter, type Pattern, type Search } from './filter.js';
import { ANY, type Piece, type Token, filterProblem, lengthOf, tokensOf } from './tokens.js';

export const MAX_LENGTH = 2_000;
export const MAX_DEPTH = 20;
export const MAX_COMPARISONS = 50;
/** PostgreSQL's text and jsonb cannot contain these. */
const NOT_TEXT = /[\0\p{Surrogate}]/u;

/**
 * Parses a filter: the grammar of AIP-160 (https://google.aip.dev/160) without functions, ordering and parentheses
 * after a comparator.
 *
 *     expression = factor {["AND"] factor}
 *     factor     = term {"OR" term}
 *     term       = ["NOT" | "-"] ("(" expression ")" | restriction)
 *     restriction = value [("=" | "!=" | ":") value]
 *
 * @returns undefined: it is empty and selects everything
 * @throws DomainError invalid_argument
 */
export function parseFilter(text: string): Filter | undefined {
  const length = lengthOf(text);
  if (length > MAX_LENGTH) {
    throw invalidArgument('filter', `filter must have at most ${MAX_LENGTH} characters, got ${length}.`);
  }
  if (NOT_TEXT.test(text)) {
    throw invalidArgument('filter', String.raw`filter must have only characters of Unicode, and not \u0000.`);
  }
  const tokens = tokensOf(text);
  return tokens.length === 1 ? undefined : new Parser(tokens).filter();
}

class Parser {
  private index = 0;
  private comparisons = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  filter(): Filter {
    const filter = this.expression(0);
    if (this.next.kind === 'end') return filter;
    throw filterProblem('have a ( before each )', this.next); // expression() stops at nothing else
  }

  /** @param depth of parentheses */
  private expression(depth: number): Filter {
    const operands = [this.factor(depth)];
    while (this.takes('AND') || (this.next.kind !== 'end' && this.next.raw !== ')')) operands.push(this.factor(depth));
    return flat('and', operands);
  }

  private factor(depth: number): Filter {
    const operands = [this.term(depth)];
    while (this.takes('OR')) operands.push(this.term(depth));
    return flat('or', operands);
  }

  private term(depth: number): Filter {
    if (this.takes('NOT') || this.takes('-')) return { kind: 'not', operand: this.simple(depth) };
    return this.simple(depth);
  }

  private simple(depth: number): Filter {
    const open = this.next;
    if (!this.takes('(')) return this.restriction();
    if (depth === MAX_DEPTH) throw filterProblem(`have at most ${MAX_DEPTH} ( inside each other`, open);
    const inner = this.expression(depth + 1);
    if (this.takes(')')) return inner;
    throw filterProblem(`close the ( at character ${open.at}`, this.next);
  }

  private restriction(): Filter {
    const field = this.next;
    if (field.kind !== 'value') throw filterProblem(missingBefore(field), field);
    if (++this.comparisons > MAX_COMPARISONS) {
      throw filterProblem(`have at most ${MAX_COMPARISONS} comparisons`, field);
    }
    this.index++;
    const comparator = COMPARATORS.find((each) => this.takes(each));
    if (comparator) return this.comparison(field, comparator);
    if (/^[<>]/.test(this.next.raw)) throw filterProblem('compare with =, != or :', this.next);
    // Otherwise, it would be a function in AIP-160.
    if (this.next.raw === '(' && this.next.at === field.at + lengthOf(field.raw)) {
      throw filterProblem('have a blank between a text and (', this.next);
    }
    return toSearch(field);
  }

  private comparison(field: Token, comparator: Comparator): Filter {
    const value = this.next;
    if (value.kind !== 'value') throw filterProblem(`have a text after ${comparator}`, value);
    this.index++;
    return {
      kind: 'comparison',
      field: field.parts.map((pieces) => plainText(pieces, field)),
      comparator,
      value: toPattern(value),
      at: field.at,
      valueAt: value.at,
    };
  }

  private get next(): Token {
    return this.tokens[this.index];
  }

  /** Takes a symbol or keyword if it is next. */
  private takes(raw: string): boolean {
    const isNext = this.next.kind === 'symbol' && this.next.raw === raw;
    if (isNext) this.index++;
    return isNext;
  }
}

/** What a filter must have in the place of a symbol or of its end. */
const missingBefore = ({ raw }: Token): string =>
  /[=:<>]/.test(raw)
    ? `have a field before ${raw}, or quotes around a text with it`
    : 'have a comparison such as name:burger here';

/** `a AND (b AND c)` is `a AND b AND c`. */
function flat(kind: 'and' | 'or', operands: readonly Filter[]): Filter {
  if (operands.length === 1) return operands[0];
  return { kind, operands: operands.flatMap((each) => (each.kind === kind ? each.operands : each)) };
}

function toSearch(token: Token): Search {
  const keyword = token.raw.toUpperCase();
  if (/^(?:AND|OR|NOT)$/.test(keyword)) throw filterProblem(`have ${keyword} in capitals, or quotes around it`, token);
  return { kind: 'search', text: plainText(piecesOf(token), token), at: token.at };
}

/** Dots belong to the text. */
const piecesOf = ({ parts }: Token): Piece[] =>
  parts.flatMap((pieces, index) => (index === 0 ? pieces : ['.', ...pieces]));

function plainText(pieces: readonly Piece[], token: Token): string {
  const texts = pieces.filter((piece) => piece !== ANY);
  if (texts.length === pieces.length) return texts.join('');
  throw filterProblem(String.raw`have * only after =, != or :, or as "\*"`, token);
}

function toPattern(token: Token): Pattern {
  const pieces = piecesOf(token);
  const anyBefore = pieces[0] === ANY;
  const anyAfter = pieces.at(-1) === ANY;
  const texts = pieces.slice(anyBefore ? 1 : 0, anyAfter ? Math.max(1, pieces.length - 1) : undefined); // * is both
  if (!texts.includes(ANY)) return { text: texts.join(''), anyBefore, anyAfter };
  throw filterProblem(String.raw`have * only at the start or the end of a text, or as "\*"`, token);
}
