import { globSync, readFileSync } from 'node:fs';
import ts from 'typescript';

/** A string constant or template in src/ that is SQL on some tables. */
export interface SqlText {
  /** File and line. */
  readonly where: string;
  /** The static parts, in order: a template has a value between two of them. In lower case, white space is collapsed. */
  readonly pieces: readonly string[];
}

const VERB = /^(?:; )?(select|insert|update|delete|with|copy|create|alter|drop|truncate|lock)\b/i;
/** Stands for the value of a template while its text is searched. */
const VALUE = '\0';
/** A template that has a value where SQL names a table. */
const ANY_TABLE = new RegExp(`\\b(from|join|into|update|table|copy) (if exists |only )?${VALUE}`, 'i');

/** The SQL texts in src/ that name one of these tables, or whose table is a value. */
export function sqlTexts(tables: readonly string[]): SqlText[] {
  const names = tables.join('|');
  const named = new RegExp(
    `\\b(from|join|into|update|using|copy|table|only) (${names})\\b|\\b(${names})\\.(?!csv|js)\\w|^(${names}) \\(|like (${names}) `,
    'i',
  );
  const isSql = (text: string): boolean => named.test(text) || (VERB.test(text) && ANY_TABLE.test(text));
  return globSync('src/**/*.ts', { exclude: ['**/*.spec.ts', 'src/generated/**'] })
    .sort()
    .flatMap(textsOf)
    .filter(({ pieces }) => isSql(pieces.join(VALUE)));
}

function textsOf(file: string): SqlText[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const texts: SqlText[] = [];
  const visit = (node: ts.Node): void => {
    const pieces = piecesOf(node);
    if (pieces) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      texts.push({ where: `${file.replaceAll('\\', '/')}:${line + 1}`, pieces: pieces.map(collapsed) });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return texts;
}

function piecesOf(node: ts.Node): string[] | undefined {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return [node.text];
  if (!ts.isTemplateExpression(node)) return undefined;
  return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)];
}

const collapsed = (text: string): string => text.replace(/\s+/g, ' ').toLowerCase();

/** Whether a statement contains all static parts of a text, in order. */
export function isFrom({ pieces }: SqlText, statement: string): boolean {
  let from = 0;
  for (const piece of pieces.map((each) => each.trim())) {
    const found = statement.indexOf(piece, from);
    if (found < 0) return false;
    from = found + piece.length;
  }
  return true;
}
