import { formatTime } from '../format/time.js';
import type { Poll } from './use-store.js';

/** All polls of the week, inside and outside openings. */
export function PollTable({ polls, zone }: { polls: readonly Poll[]; zone: string }) {
  if (polls.length === 0) return <p>No polls in this week.</p>;
  return (
    <div class="scrolls" role="region" aria-label="Polls" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Time ({zone})</th>
            <th scope="col">UTC</th>
            <th scope="col">Status</th>
          </tr>
        </thead>
        <tbody>
          {polls.map(({ atMs, isActive }) => (
            <tr key={atMs}>
              <td class="time">{formatTime(atMs, zone)}</td>
              <td class="time">{formatTime(atMs)}</td>
              <td>{isActive ? 'active' : 'inactive'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
