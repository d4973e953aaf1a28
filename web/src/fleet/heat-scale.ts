/** Number of colour steps between all up and all down. Neighbouring steps look the same. */
const STEPS = 20;
/** The first step with any downtime, so that one minute is visible. */
const FIRST_DOWN = 5;
/** Time without recent data fills tenths of the height of a cell. */
const TENTHS = 10;

export type Rgb = readonly [red: number, green: number, blue: number];

/** @param text from a computed style: `rgb(1, 2, 3)` @throws Error for any other format */
export function readRgb(text: string): Rgb {
  const found = /^rgba?\((\d+),? (\d+),? (\d+)/.exec(text);
  if (!found) throw new Error(`colour must be rgb(r, g, b), got "${text}"`);
  return [Number(found[1]), Number(found[2]), Number(found[3])];
}

/**
 * The colours from all up to all down. The middle is lighter than both ends, so the scale does not depend on telling red from
 * green.
 */
export function heatColours(up: Rgb, between: Rgb, down: Rgb): string[] {
  const half = STEPS / 2;
  return Array.from({ length: STEPS + 1 }, (_, step) =>
    step <= half ? mix(up, between, step / half) : mix(between, down, (step - half) / half),
  );
}

function mix(from: Rgb, to: Rgb, share: number): string {
  const [red, green, blue] = from.map((value, at) => Math.round(value + (to[at] - value) * share));
  return `rgb(${red}, ${green}, ${blue})`;
}

/** The index in heatColours for an hour. It depends on observed time only. @param up, down percent of the open time */
export function stepOf(up: number, down: number): number {
  if (down === 0) return 0;
  if (up === 0) return STEPS;
  return FIRST_DOWN + Math.round(((STEPS - 1 - FIRST_DOWN) * down) / (up + down));
}

/** The striped part of a cell, 0 to 1. It is 1 only if the whole hour lacks recent data, and at least 0.1 if any part does. */
export function stripedShare(up: number, down: number): number {
  const silent = 100 - up - down;
  // Each share is a rounded whole percent, so the rest may be off by one.
  if (silent <= 1) return 0;
  if (up + down === 0) return 1;
  return Math.min(TENTHS - 1, Math.max(1, Math.round((silent * TENTHS) / 100))) / TENTHS;
}
