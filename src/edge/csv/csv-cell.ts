/**
 * Puts an apostrophe before a cell that a spreadsheet would run as a formula (OWASP, CSV Injection). A plain negative integer is
 * not a formula and stays unchanged, because store ids may be signed 64-bit integers.
 */
export function defused(cell: string): string {
  return /^[=+\-@\t\r]/.test(cell) && !/^-\d+$/.test(cell) ? `'${cell}` : cell;
}
