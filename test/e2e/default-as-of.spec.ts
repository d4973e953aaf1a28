import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Clock } from '../../src/platform/clock/clock.js';
import { at } from './grpc.js';
import { describedReport, send, sendJson } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

/** A clock that stands still until a test sets it. */
class StoppedClock extends Clock {
  text = '';

  override nowMs(): number {
    return Date.parse(this.text);
  }
}

const NOW = '2026-10-05T10:10:00.000Z';
const clock = new StoppedClock();
let server: Storewatch;

beforeAll(async () => {
  clock.text = NOW;
  server = await startStorewatch({}, { clock });
  // The second poller's clock is four minutes ahead of the server's.
  const polls = ['2026-10-05T10:09:00Z', '2026-10-05T10:14:00Z'].map((polledAt) => ({
    store_id: 's',
    status: 'active',
    timestamp_utc: polledAt,
  }));
  const answer = await sendJson(server, 'POST', '/v1/polls', { polls });
  expect(answer.json()).toMatchObject({ accepted: 2 });
});
afterAll(() => server?.close());

/** The default as-of of each endpoint. */
async function asOfs(): Promise<Record<string, unknown>> {
  const body = async (path: string): Promise<Record<string, unknown>> =>
    (await send(server, path)).json() as Record<string, unknown>;
  const triggered = (await sendJson(server, 'POST', '/v1/reports', {})).json() as { report_id: string };
  return {
    report: (await describedReport(server, triggered.report_id)).as_of,
    timeline: (await body('/v1/stores/s/timeline')).to,
    fleet: (await body('/v1/fleet/summary')).as_of,
  };
}

describe('the default as-of', () => {
  it('is now when the latest poll is ahead of the clock, and that instant can also be requested', async () => {
    expect(await asOfs()).toEqual({ report: NOW, timeline: NOW, fleet: NOW });
    expect((await send(server, `/v1/stores/s/timeline?to=${NOW}`)).status).toBe(200);
  });

  it('is the same over gRPC', async () => {
    const { report } = await server.grpc.triggerReport({});
    expect(report?.asOf).toEqual(at(NOW));
    const timeline = await server.grpc.getStoreTimeline({ storeId: 's' });
    expect(timeline.to).toEqual(at(NOW));
  });

  it('is the latest poll once the clock has passed it', async () => {
    clock.text = '2026-10-05T11:00:00.000Z';
    const latest = '2026-10-05T10:14:00.000Z';
    for (let fleet = ''; fleet !== latest;) fleet = (await asOfs()).fleet as string; // cached for 0.5 s
    expect(await asOfs()).toEqual({ report: latest, timeline: latest, fleet: latest });
  });
});
