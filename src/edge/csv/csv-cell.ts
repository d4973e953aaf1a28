/**
 * A cell that a spreadsheet would run as a formula gets an apostrophe in front (OWASP, CSV Injection). A plain negative
 * integer is no formula and stays as it is: signed 64-bit store ids are.
 */
export function defused(cell: string): string {
  return /^[=+\-@\t\r]/.test(cell) && !/^-\d+$/.test(cell) ? `'${cell}` : cell;
}
