export type Format = 'csv' | 'json' | 'ndjson';

/** Whether the file of a report is complete and has a row for each of its stores. */
export function isWhole(text: string, format: Format, stores: number): boolean {
  if (stores > 0 && !text.endsWith('\n')) return false;
  const lines = text.split('\n').length - 1;
  switch (format) {
    case 'csv':
      return lines === stores + 1; // the header
    case 'ndjson':
      return lines === stores;
    case 'json':
      try {
        return (JSON.parse(text) as { stores: unknown[] }).stores.length === stores;
      } catch {
        return false;
      }
  }
}
