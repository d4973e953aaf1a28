import { hash, mix, permutation, Random } from './random.js';
import { type HoursRow, openSpans, type WeekKind, weeklyRows } from './weekly-hours.js';
import { DEFAULT_ZONE, isElsewhere, zoneAt } from './zones.js';

/** The properties of one store that do not depend on a single poll. */
export interface StoreProfile {
  readonly id: string;
  /** Seeds the store's polls. Signed, because V8 keeps 32-bit integers unboxed only then. */
  readonly key: number;
  readonly zone: string;
  /** Whether the timezone file lists the zone; if not, it is the default zone. */
  readonly zoneListed: boolean;
  readonly rows: readonly HoursRow[];
  /** Open minutes of the local week, as `openSpans` returns them. */
  readonly open: readonly number[];
  /** Outages as start, end, start, end, ..., in minutes from the start of the period; sorted, not overlapping. */
  readonly outages: readonly number[];
  /** Number of hours, from the start of the period, in which the store is polled: 0 for never. */
  readonly polledHours: number;
  /** Share of those polls that are missing, in permille. */
  readonly missingPermille: number;
  readonly neverActive: boolean;
}

export interface ProfileOptions {
  readonly stores: number;
  readonly days: number;
  readonly seed: number;
  readonly ids: 'uuid' | 'integer';
  /** Clock hours that the period touches: `days * 24`, or one more when it does not begin on the hour. */
  readonly hours: number;
}

/** The traits that are assigned to stores independently of each other. */
const TRAITS = ['presence', 'zone', 'zone listed', 'hours listed', 'week', 'closed days'] as const;

/**
 * The profiles of all stores. Traits are assigned by rank, not at random: each trait has its own order of the stores,
 * and its shares are cut from that order. So the shares are exact for 50 stores as well as for 50,000.
 */
export function storeProfiles(options: ProfileOptions): StoreProfile[] {
  const { stores, ids } = options;
  const seedKey = hash(mix(options.seed), Math.floor(options.seed / 2 ** 32));
  const orders = TRAITS.map((_, trait) => permutation(stores, hash(seedKey, trait)));
  // Published files differ in these shares of the stores, so the seed decides.
  const seeded = new Random(hash(seedKey, TRAITS.length));
  const withoutHours = seeded.between(8, 19) / 100;
  const withoutZone = seeded.between(2, 5) / 100;
  const withClosedDays = seeded.between(6, 18) / 100;

  return Array.from({ length: stores }, (_, index) => {
    const rank = (trait: (typeof TRAITS)[number]) => orders[TRAITS.indexOf(trait)](index);
    const share = (trait: (typeof TRAITS)[number]) => (rank(trait) + 0.5) / stores;
    const key = hash(mix(seedKey), index) | 0;
    const random = new Random(key);

    const id = ids === 'uuid' ? uuid(seedKey, index, random) : integerId(seedKey, index, random);
    const presence = presenceAt(share('presence'));
    const zone = zoneAt(rank('zone'), stores);
    const zoneListed = share('zone listed') >= withoutZone || isElsewhere(zone);
    // A store that is never polled must be listed in one of the other two files.
    const hoursListed = share('hours listed') >= withoutHours || (presence === 'never polled' && !zoneListed);
    const closedDays = share('closed days') < withClosedDays;
    const rows = hoursListed ? weeklyRows(weekKind(share('week')), closedDays, random) : [];
    return {
      id,
      key,
      zone: zoneListed ? zone : DEFAULT_ZONE,
      zoneListed,
      rows,
      open: openSpans(rows),
      outages: outages(options.days, random),
      polledHours: polledHours(presence, options, random),
      missingPermille: presence !== 'silent' && random.chance(3) ? 250 : 14,
      neverActive: presence === 'never active',
    };
  });
}

type Presence = 'never polled' | 'silent' | 'never active' | 'polled';

/** 4.5 % are never polled. Of the polled ones, 21 % fall silent and another tenth is never active. */
function presenceAt(share: number): Presence {
  if (share < 0.045) return 'never polled';
  if (share < 0.245) return 'silent';
  if (share < 0.34) return 'never active';
  return 'polled';
}

/**
 * A silent store has no poll in the last week. If the period is a week or less, that would leave it without polls and
 * the data would lose a fifth of its volume, so there it falls silent just before the middle of the period.
 */
function polledHours(presence: Presence, { days, hours }: ProfileOptions, random: Random): number {
  if (presence === 'never polled') return 0;
  if (presence !== 'silent') return hours;
  if (days <= 7) return random.between(Math.floor(days * 24 * 0.45), days * 12);
  return random.between(6, (days - 7) * 24);
}

/**
 * In permille of the stores. About 15 % of the days get two rows or more, and 30 % of the rows end at the end of the
 * day.
 */
const WEEK_KINDS: readonly (readonly [kind: WeekKind, permille: number])[] = [
  ['round the clock', 23],
  ['whole days', 127],
  ['late wrapping', 24],
  ['late weekends', 36],
  ['late', 100],
  ['midnight', 100],
  ['split', 30],
  ['one minute', 10],
  ['overlapping', 10],
  ['touching', 10],
  ['ordinary', 530],
];

function weekKind(share: number): WeekKind {
  let permille = share * 1000;
  for (const [kind, stores] of WEEK_KINDS) {
    permille -= stores;
    if (permille < 0) return kind;
  }
  return 'ordinary';
}

/** Length of an outage in minutes, from and to, and its share in percent. */
const OUTAGE_LENGTHS = [
  [5, 20, 30],
  [20, 90, 35],
  [90, 360, 20],
  [360, 1080, 10],
  [1080, 2880, 5],
] as const;

/** Most stores have an outage every other week, some have two a week, and one in twelve has more than one a day. */
function outages(days: number, random: Random): number[] {
  const kind = random.below(100);
  const perHundredDays = kind < 70 ? 7 : kind < 92 ? 30 : 120;
  const expected = days * perHundredDays;
  const count = Math.floor(expected / 100) + (random.chance(expected % 100) ? 1 : 0);
  const starts = Array.from({ length: count }, () => random.between(-720, days * 1440)).sort((a, b) => a - b);
  const spans: number[] = [];
  for (const start of starts) {
    const end = start + outageLength(random);
    const last = spans.length - 1;
    if (last > 0 && start <= spans[last]) spans[last] = Math.max(spans[last], end);
    else spans.push(start, end);
  }
  return spans;
}

function outageLength(random: Random): number {
  let draw = random.below(100);
  for (const [from, to, percent] of OUTAGE_LENGTHS) {
    if (draw < percent) return random.between(from, to);
    draw -= percent;
  }
  return OUTAGE_LENGTHS[0][0];
}

/** A UUID in the format of version 4. Unique, because its first 32 bits are a permuted index. */
function uuid(seedKey: number, index: number, random: Random): string {
  const first = hex(mix(seedKey ^ index));
  const middle = hex(random.next());
  const variant = (8 + random.below(4)).toString(16);
  const last = hex(random.next()) + hex(random.next());
  return `${first}-${middle.slice(0, 4)}-4${middle.slice(5)}-${variant}${last.slice(0, 3)}-${last.slice(4)}`;
}

/**
 * A signed 64-bit integer of 18 or 19 digits; one in fifty is negative. One in a hundred has only 14 or 15 digits,
 * which a JavaScript number can still represent. All are odd, so that no JavaScript number represents a long one
 * exactly. Unique, because bits 1 to 32 are a permuted index.
 */
function integerId(seedKey: number, index: number, random: Random): string {
  const high = random.chance(1) ? random.between(10_000, 100_000) : random.between(12_000_000, 2 ** 30 - 1);
  const magnitude = (BigInt(high) << 33n) + (BigInt(mix(seedKey ^ index)) << 1n) + 1n;
  return `${random.chance(2) ? '-' : ''}${magnitude}`;
}

function hex(bits: number): string {
  return bits.toString(16).padStart(8, '0');
}
