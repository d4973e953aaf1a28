import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LocalHours } from '../../libs/calendar/calendar.js';
import type { FileKind } from '#libs/file-kind.js';
import { BusinessHoursFile } from '../../src/features/ingestion/files/business-hours-file.js';
import { type Header, readHeader } from '../../src/features/ingestion/files/header.js';
import { fieldsOf } from '../../src/features/ingestion/files/cells.js';
import { RecordReader } from '../../src/features/ingestion/files/records.js';
import { SpecialHoursFile } from '../../src/features/ingestion/files/special-hours-file.js';
import { StatusFile } from '../../src/features/ingestion/files/status-file.js';
import { StoreLifeFile } from '../../src/features/ingestion/files/store-life-file.js';
import { StoresFile } from '../../src/features/ingestion/files/stores-file.js';
import type { TableFile } from '../../src/features/ingestion/files/table-file.js';
import { TimezonesFile } from '../../src/features/ingestion/files/timezones-file.js';
import { PollsByWeek } from '../../src/features/polls/polls-by-week.js';
import { StoreKeys } from '../../src/features/timezones/store-keys.js';
import type { NameAndTagsChange } from '../../src/features/timezones/names-and-tags.js';
import type { NamesService } from '../../src/features/timezones/names.service.js';
import type { TimezonesService } from '../../src/features/timezones/timezones.service.js';
import { NOW_MS } from './csv-files.js';

/** Nothing here is large enough to be spooled, so the folder is never created. */
const SPOOL = join(tmpdir(), 'storewatch-fuzz-spool');

export interface Reading {
  read: number;
  rejects: { line: number; reason: string; row: string }[];
  /** Why there is no file behind the header. */
  headerProblem: string | undefined;
  /** What would be written, one line each: `A 1768226820000 active`. */
  written: string[];
}

/** Reads a file like an import, through the parsers alone, and collects what would be written. */
export async function readInChunks(
  kind: FileKind,
  bytes: Buffer,
  cuts: readonly number[],
  maxLineBytes: number,
): Promise<Reading> {
  const reading: Reading = { read: 0, rejects: [], headerProblem: undefined, written: [] };
  const storeIds: string[] = [];
  let file: TableFile | undefined;
  const reject = (line: number, reason: string, row: string): void => {
    if (file) reading.rejects.push({ line, reason, row });
    else reading.headerProblem ??= reason;
  };
  const reader = new RecordReader(
    {
      record: (all, start, end, line, quoted) => {
        if (reading.headerProblem !== undefined) return;
        let problem: string | undefined;
        if (file) problem = (reading.read++, file.row(all, start, end, quoted, line));
        else {
          const { delimiter } = reader;
          const header = readHeader(kind, fieldsOf(all, start, end, quoted, delimiter), delimiter);
          if ('problem' in header) problem = header.problem;
          else file = open(kind, header, storeIds, reading.written);
        }
        if (problem !== undefined) reject(line, problem, all.toString('utf8', start, end));
      },
      broken: (line, reason, head) => {
        if (file) reading.read++;
        reject(line, reason, head);
      },
    },
    maxLineBytes,
  );
  let start = 0;
  for (const cut of [...cuts.filter((place) => place < bytes.length), bytes.length]) {
    reader.push(bytes.subarray(start, cut));
    await file?.flush(false);
    start = cut;
  }
  reader.end();
  if (file?.refusal === undefined) await file?.flush(true);
  await file?.close?.();
  reading.written.sort();
  return reading;
}

function open(kind: FileKind, header: Header, storeIds: string[], written: string[]): TableFile {
  const resolve = (names: readonly string[]): Promise<Int32Array> =>
    Promise.resolve(
      Int32Array.from(names, (name) => (storeIds.includes(name) ? storeIds.indexOf(name) : storeIds.push(name) - 1)),
    );
  const replace = <Value>(rowsOf: (value: Value) => string[]) => {
    return (values: ReadonlyMap<number, Value>): Promise<{ accepted: number; duplicate: number }> => {
      const rows = [...values].flatMap(([id, value]) => rowsOf(value).map((row) => `${storeIds[id]} ${row}`));
      written.push(...rows);
      return Promise.resolve({ accepted: rows.length, duplicate: 0 });
    };
  };
  const hours = ({ startMs, endMs }: LocalHours): string => `${startMs} ${endMs}`;
  const keys = new StoreKeys();
  const resolveKeys = (wanted: readonly number[]): Promise<Int32Array> =>
    resolve(wanted.map((key) => keys.storeId(key)));
  const timezones = {
    storeKeys: () => keys,
    resolveKeys: (_keys: StoreKeys, wanted: readonly number[]) => resolveKeys(wanted),
    replaceBusinessHours: replace<(LocalHours & { dayOfWeek: number })[]>((week) =>
      week.map((row) => `${row.dayOfWeek} ${hours(row)}`),
    ),
    replaceTimezones: replace<string>((zone) => [zone]),
    replaceSpecialHours: replace<Map<number, LocalHours[]>>((days) =>
      [...days].flatMap(([day, rows]) => (rows.length === 0 ? [`${day}`] : rows.map((row) => `${day} ${hours(row)}`))),
    ),
    replaceLives: replace<{ openedOn?: number; closedOn?: number }>((life) => [`${life.openedOn} ${life.closedOn}`]),
  } as unknown as TimezonesService;
  const names = {
    change: replace<NameAndTagsChange>(({ name, tags }) => [JSON.stringify([name, ...tags])]),
  } as unknown as NamesService;
  switch (kind) {
    case 'store_status':
      return new StatusFile(
        header,
        keys,
        new PollsByWeek(resolveKeys, SPOOL),
        async ({ parts }) => {
          const before = written.length;
          for await (const { storeIds: ids, polledAtMs, active, count } of parts) {
            for (let i = 0; i < count; i++) {
              written.push(`${storeIds[ids[i]]} ${polledAtMs[i]} ${active[i] === 1 ? 'active' : 'inactive'}`);
            }
          }
          return written.length - before;
        },
        NOW_MS,
        -Infinity,
      );
    case 'business_hours':
      return new BusinessHoursFile(header, timezones);
    case 'store_timezones':
      return new TimezonesFile(header, timezones);
    case 'special_hours':
      return new SpecialHoursFile(header, timezones);
    case 'store_life':
      return new StoreLifeFile(header, timezones);
    case 'stores':
      return new StoresFile(header, timezones, names, false);
  }
}
