/** The input of the reference calculator: polls, hours, zones, special hours and lives, as their files write them. */

export interface ReferencePoll {
  storeId: string;
  active: boolean;
  at: number;
}
/** `dayOfWeek` 0 is Monday. `start` and `end` are local `HH:MM[:SS]` up to `30:00:00`, or both `Closed`: no opening. */
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
 * The openings of one local date (`YYYY-MM-DD`), which replace those of its weekday. `start` and `end` are as in
 * `ReferenceHours`, or both null: closed. The rows of a date are a set; a closed row adds no opening to it.
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

/** Everything about one store. `polls` are in time order, one per instant; `special` is by local date. */
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
