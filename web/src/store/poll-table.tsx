import { inZone } from '../format/time.js';
import type { Poll } from './use-store.js';

/** What was seen when, inside openings or not. */
export function PollTable({ polls, zone }: { polls: readonly Poll[]; zone: string }) {
  if (polls.length === 0) return <p>Nobody looked at the store in this week.</p>;
  return (
    <div class="scrolls" role="region" aria-label="Polls" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Taken ({zone})</th>
            <th scope="col">The same in UTC</th>
            <th scope="col">Saw the store</th>
          </tr>
        </thead>
        <tbody>
          {polls.map(({ atMs, isActive }) => (
            <tr key={atMs}>
              <td class="time">{inZone(atMs, zone)}</td>
              <td class="time">{inZone(atMs)}</td>
              <td>{isActive ? 'active' : 'inactive'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
