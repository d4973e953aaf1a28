/** What the reference calculator is told: polls, hours, zones, special hours and lives, as their files write them. */

export interface ReferencePoll {
  storeId: string;
  active: boolean;
  at: number;
}
/** `dayOfWeek` 0 is Monday; `start` and `end` are local `HH:MM[:SS]` up to `30:00:00`, or both `Closed`: no opening. */
export interface ReferenceHours {
  storeId: string;
  dayOfWeek: number;
  start: string;
  end: string;
}
/** An IANA zone name. The last row of a store wins. */
export interface ReferenceZone {
  storeId: string;
  timezone: string;
}
/**
 * The openings of one local date (`YYYY-MM-DD`), in place of those of its weekday. `start` and `end` are as in
 * `ReferenceHours`, or both null: closed. The rows of a date are a set, to which a closed row adds no opening.
 */
export interface ReferenceSpecialHours {
  storeId: string;
  date: string;
  start: string | null;
  end: string | null;
}
/** The first and the last local date (`YYYY-MM-DD`) on which an opening can start. The last row of a store wins. */
export interface ReferenceLife {
  storeId: string;
  openedOn: string | null;
  closedOn: string | null;
}
export interface ReferenceInput {
  polls: readonly ReferencePoll[];
  hours: readonly ReferenceHours[];
  zones: readonly ReferenceZone[];
  special?: readonly ReferenceSpecialHours[];
  lives?: readonly ReferenceLife[];
  pollValidForMs?: number;
}

/** All that is known of one store. `polls` are in time order, one an instant; `special` is by local date. */
export interface ReferenceStore {
  polls: readonly Observation[];
  hours: readonly ReferenceHours[];
  special: ReadonlyMap<number, readonly ReferenceSpecialHours[]>;
  firstDate: number;
  lastDate: number;
  timezone: string;
  pollValidForMs: number;
}
export interface Observation {
  at: number;
  active: boolean;
}
