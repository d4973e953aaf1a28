import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LocalHours, StoreCalendar } from '../../src/generated/storewatch/v1/timezones_service.js';
import { EXAMPLE_REPORT, loadExample } from './example.js';
import { expectAlike } from './grpc.js';
import { newReport, rowOf, send, sendJson } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

const MONDAY = '2023-01-23';
const hours = (startTimeLocal: string, endTimeLocal: string): LocalHours => ({ startTimeLocal, endTimeLocal });

/** Store A of the example over gRPC. */
const calendar = (changes: Partial<StoreCalendar> = {}): StoreCalendar => ({
  storeId: 'A',
  name: '',
  tags: {},
  timezone: 'America/New_York',
  timezoneIsDefault: false,
  businessHours: [{ dayOfWeek: 0, ...hours('09:00:00', '12:00:00') }],
  specialHours: [],
  openedOn: '',
  closedOn: '',
  ...changes,
});

let server: Storewatch;

beforeAll(async () => {
  server = await startStorewatch();
  await loadExample(server);
});
afterAll(() => server?.close());

const overRest = async (): Promise<unknown> => (await send(server, '/v1/stores/A')).json();
const known = async (): Promise<StoreCalendar | undefined> =>
  (await server.grpc.getStoreCalendar({ storeId: 'A' })).calendar;

describe('TimezonesService', () => {
  it('sets and removes special hours, and the next report uses them', async () => {
    const day = { date: MONDAY, hours: [hours('10:30', '12:00')] };
    const set = await server.grpc.setSpecialHours({ storeId: 'A', day });

    const specialHours = [{ date: MONDAY, hours: [hours('10:30:00', '12:00:00')] }];
    expect(set.calendar).toEqual(calendar({ specialHours }));
    expect(await known()).toEqual(set.calendar);
    expect(await overRest()).toMatchObject({
      special_hours: [{ date: MONDAY, hours: [{ start_time_local: '10:30:00', end_time_local: '12:00:00' }] }],
    });
    expect((await server.grpc.setSpecialHours({ storeId: 'A', day })).calendar).toEqual(set.calendar);
    // open 15:30 to 17:00 UTC: up until 16:15, then down
    expect(await rowOf(server, 'A')).toBe('A,15.00,0.75,0.75,45.00,0.75,0.75');

    const closed = await server.grpc.setSpecialHours({ storeId: 'A', day: { date: MONDAY, hours: [] } });

    expect(closed.calendar).toEqual(calendar({ specialHours: [{ date: MONDAY, hours: [] }] }));
    expect(await rowOf(server, 'A')).toBe('A,0.00,0.00,0.00,0.00,0.00,0.00');

    const removed = await server.grpc.removeSpecialHours({ storeId: 'A', date: MONDAY });

    expect(removed.calendar).toEqual(calendar());
    expect((await server.grpc.removeSpecialHours({ storeId: 'A', date: MONDAY })).calendar).toEqual(calendar());
    expect((await newReport(server)).csv.text).toBe(EXAMPLE_REPORT);
  });

  it('sets the life of a store, and the next report uses it', async () => {
    const set = await server.grpc.setStoreLife({ storeId: 'A', openedOn: '2023-01-01', closedOn: '2023-01-22' });

    expect(set.calendar).toEqual(calendar({ openedOn: '2023-01-01', closedOn: '2023-01-22' }));
    expect(await overRest()).toMatchObject({ opened_on: '2023-01-01', closed_on: '2023-01-22' });
    expect(await rowOf(server, 'A')).toBe('A,0.00,0.00,0.00,0.00,0.00,0.00');

    const lastDay = await server.grpc.setStoreLife({ storeId: 'A', closedOn: MONDAY });

    expect(lastDay.calendar).toEqual(calendar({ closedOn: MONDAY }));
    expect(await rowOf(server, 'A')).toBe('A,15.00,1.02,1.02,45.00,1.98,1.98');
    expect((await server.grpc.setStoreLife({ storeId: 'A' })).calendar).toEqual(calendar());
  });

  it('removes a zone, and the next report uses the default', async () => {
    const removed = await server.grpc.removeTimezone({ storeId: 'A' });

    expect(removed.calendar).toEqual(calendar({ timezone: 'America/Chicago', timezoneIsDefault: true }));
    expect((await server.grpc.removeTimezone({ storeId: 'A' })).calendar).toEqual(removed.calendar);
    expect(await overRest()).toMatchObject({ timezone: 'America/Chicago', timezone_is_default: true });
    // Open 15:00 to 18:00 UTC, and for the first hour of the week, which is unknown.
    expect(await rowOf(server, 'A')).toBe('A,15.00,1.02,1.02,45.00,0.98,1.98');

    await server.grpc.setTimezone({ storeId: 'A', timezone: 'America/New_York' });
    expect((await newReport(server)).csv.text).toBe(EXAMPLE_REPORT);
  });

  it('adds an unknown store', async () => {
    const special = await server.grpc.setSpecialHours({ storeId: 's/1', day: { date: '2023-12-25', hours: [] } });
    const life = await server.grpc.setStoreLife({ storeId: 's/2', openedOn: '2023-12-25' });

    const added = calendar({ timezone: 'America/Chicago', timezoneIsDefault: true, businessHours: [] });
    const specialHours = [{ date: '2023-12-25', hours: [] }];
    expect(special.calendar).toEqual({ ...added, storeId: 's/1', specialHours });
    expect(life.calendar).toEqual({ ...added, storeId: 's/2', openedOn: '2023-12-25' });
    expect(await send(server, '/v1/stores/s%2F1')).toMatchObject({ status: 200 });
  });

  it('rejects what REST rejects, with the same message, and changes nothing', async () => {
    const { grpc } = server;
    const put = (path: string, body: object): ReturnType<typeof send> =>
      sendJson(server, 'PUT', `/v1/stores/no/${path}`, body);
    const remove = (path: string): ReturnType<typeof send> =>
      send(server, `/v1/stores/no/${path}`, { method: 'DELETE' });
    const setDay = (date: string, rows: LocalHours[]): Promise<unknown> =>
      grpc.setSpecialHours({ storeId: 'no', day: { date, hours: rows } });
    const row = { start_time_local: '09:00', end_time_local: '10:00' };

    await expectAlike(setDay('2023-02-29', []), put('special_hours/2023-02-29', { hours: [] }), 'date');
    await expectAlike(
      setDay(MONDAY, [hours('09:00', '10:00'), hours('31:00', '10:00')]),
      put(`special_hours/${MONDAY}`, { hours: [row, { ...row, start_time_local: '31:00' }] }),
      'hours[1].start_time_local',
    );
    await expectAlike(
      setDay(MONDAY, [hours('09:00', '')]),
      put(`special_hours/${MONDAY}`, { hours: [{ ...row, end_time_local: '' }] }),
      'hours[0].end_time_local',
    );
    await expectAlike(
      setDay(
        MONDAY,
        Array.from({ length: 49 }, () => hours('09:00', '10:00')),
      ),
      put(`special_hours/${MONDAY}`, { hours: Array.from({ length: 49 }, () => row) }),
      'hours',
    );
    await expectAlike(grpc.removeSpecialHours({ storeId: 'no', date: MONDAY }), remove(`special_hours/${MONDAY}`));
    await expectAlike(grpc.removeSpecialHours({ storeId: 'no', date: 'x' }), remove('special_hours/x'), 'date');
    await expectAlike(grpc.removeTimezone({ storeId: 'no' }), remove('timezone'));
    await expectAlike(
      grpc.setStoreLife({ storeId: 'no', openedOn: '2023-01-02', closedOn: '2023-01-01' }),
      put('life', { opened_on: '2023-01-02', closed_on: '2023-01-01' }),
      'closed_on',
    );
    await expectAlike(
      grpc.setStoreLife({ storeId: 'no', openedOn: 'today' }),
      put('life', { opened_on: 'today' }),
      'opened_on',
    );
    await expectAlike(
      grpc.setStoreLife({ storeId: ' ', openedOn: '2023-01-02' }),
      sendJson(server, 'PUT', '/v1/stores/%20/life', { opened_on: '2023-01-02' }),
      'store_id',
    );
    expect(await send(server, '/v1/stores/no')).toMatchObject({ status: 404 });
  });
});
