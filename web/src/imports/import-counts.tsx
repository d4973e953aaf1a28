import type { Import } from './load-file.js';

const NAMES = [
  ['read', 'rows read'],
  ['accepted', 'accepted'],
  ['duplicate', 'duplicate'],
  ['rejected', 'rejected'],
] as const;

/** The number of rows that were read, accepted, duplicate and rejected. */
export function ImportCounts({ loaded }: { loaded: Import }) {
  return (
    <dl class="counts">
      {NAMES.map(([field, name]) => (
        <div key={field} class={field === 'rejected' && loaded.rejected > 0 ? 'down-text' : ''}>
          <dd>{loaded[field].toLocaleString('en')}</dd>
          <dt>{name}</dt>
        </div>
      ))}
    </dl>
  );
}

/** Warnings of the server about the imported file. */
export function ImportWarnings({ loaded: { warnings } }: { loaded: Import }) {
  if (warnings.length === 0) return null;
  return (
    <ul>
      {warnings.map((warning) => (
        <li key={warning}>{warning}</li>
      ))}
    </ul>
  );
}
