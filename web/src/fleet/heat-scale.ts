/** Colours between all up and all down; enough that no two neighbours are told apart. */
const STEPS = 20;
/** The first that has any downtime at all begins here, so that a minute of it is seen. */
const FIRST_DOWN = 5;
/** Silence is drawn in tenths of a cell's height. */
const TENTHS = 10;

export type Rgb = readonly [red: number, green: number, blue: number];

/** @param text of a computed style: `rgb(1, 2, 3)` @throws Error where it is none */
export function readRgb(text: string): Rgb {
  const found = /^rgba?\((\d+),? (\d+),? (\d+)/.exec(text);
  if (!found) throw new Error(`${text} is no rgb() colour.`);
  return [Number(found[1]), Number(found[2]), Number(found[3])];
}

/**
 * From all up over the middle to all down. The middle is lighter than both ends, and so the ends are told apart by more than
 * red and green.
 */
export function heatColours(up: Rgb, between: Rgb, down: Rgb): string[] {
  const half = STEPS / 2;
  return Array.from({ length: STEPS + 1 }, (_, step) =>
    step <= half ? mixed(up, between, step / half) : mixed(between, down, (step - half) / half),
  );
}

function mixed(from: Rgb, to: Rgb, share: number): string {
  const [red, green, blue] = from.map((value, at) => Math.round(value + (to[at] - value) * share));
  return `rgb(${red}, ${green}, ${blue})`;
}

/** Which of heatColours an hour has, by what was observed of it. @param up, down percent of the open time */
export function stepOf(up: number, down: number): number {
  if (down === 0) return 0;
  if (up === 0) return STEPS;
  return FIRST_DOWN + Math.round(((STEPS - 1 - FIRST_DOWN) * down) / (up + down));
}

/** How much of a cell is striped, 0 to 1. What is all silent is all striped, and only that; what is nearly not so is seen. */
export function stripedShare(up: number, down: number): number {
  const silent = 100 - up - down;
  // whole percents, each rounded by itself: one may be lacking, or one too many
  if (silent <= 1) return 0;
  if (up + down === 0) return 1;
  return Math.min(TENTHS - 1, Math.max(1, Math.round((silent * TENTHS) / 100))) / TENTHS;
}
