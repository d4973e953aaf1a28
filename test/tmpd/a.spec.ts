import { it } from '@jest/globals';
import { Client } from 'pg';
import { openProgram } from '../program/program.js';
import { CITUS_URL, CitusTurn, TURN_MS } from '../citus/citus.js';
import { brokenBefore } from '../citus/broken.js';
import { loadCalendars, status, HOUR_MS } from '../citus/facts.js';
it(
  'x',
  async () => {
    const turn = await CitusTurn.take();
    const program = await openProgram({ DATABASE_URL: CITUS_URL, DISTRIBUTED: 'on' });
    await loadCalendars(program);
    program.setMaxHeadPolls(1_000);
    let day = 0;
    for (let n = 3; n < 24; n++) {
      day++;
      const log: string[] = [];
      const query = Reflect.get(Client.prototype, 'query') as (...a: unknown[]) => unknown;
      Reflect.set(Client.prototype, 'query', function (this: Client, ...args: unknown[]) {
        const f = args[0] as any;
        const text = (typeof f === 'string' ? f : f.text) as string;
        const entry = text.replace(/\s+/g, ' ').slice(0, 70);
        log.push(entry);
        const r = Reflect.apply(query, this, args) as any;
        if (r?.then)
          r.then(
            (x: any) => log.push('   ' + x.command + ' for ' + entry.slice(0, 20)),
            (e: any) => log.push('   ERR ' + e.code + ' ' + e.message + ' for ' + entry.slice(0, 20)),
          );
        return r;
      });
      let out = '';
      let sent;
      try {
        sent = await brokenBefore(turn, n, async () => {
          const r = await program.load('store_status', status(day, day + 1, HOUR_MS / 2));
          out = r.status + ' ' + r.acceptedRows + ' ' + r.error;
        });
      } catch (e) {
        out = 'THROWN ' + (e as any).code + (e as Error).message;
      }
      Reflect.set(Client.prototype, 'query', query);
      const c = (
        await turn.query<{ c: number }>(
          `select count(*)::int as c from status_day where day = date '2026-10-01' + ${day}`,
        )
      )[0].c;
      process.stdout.write(`n=${n} sent=${sent} ${out} days=${c}\n`);
      if (out.startsWith('Complete') && c !== 150) process.stdout.write(log.join('\n') + '\n');
    }
    await program.close();
    await turn.end();
  },
  TURN_MS,
);
