import { readFileSync } from 'node:fs';
import { type Rgb, heatColours, readRgb, stepOf, stripedShare } from './heat-scale.js';

const css = readFileSync(new URL('../shell/theme.css', import.meta.url), 'utf8');

/** A colour of the theme. */
function token(name: string, scheme: 'light' | 'dark'): Rgb {
  const [, light, dark] = new RegExp(`--${name}: light-dark\\((#\\w{6}), (#\\w{6})\\)`).exec(css)!;
  const hex = scheme === 'light' ? light : dark;
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)) as unknown as Rgb;
}

const linear = (rgb: Rgb): number[] =>
  rgb.map((value) => (value <= 10.31475 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4));

/** Simulates colour blindness in linear RGB, after Machado, Oliveira and Fernandes (2009), severity 1. */
const COLOUR_BLIND = {
  red: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  green: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
};

/** Distance of two colours in OKLab. 0.02 is just visible. */
function distance(one: number[], other: number[]): number {
  const [first, second] = [oklab(one), oklab(other)];
  return Math.hypot(...first.map((value, at) => value - second[at]));
}

function oklab([red = 0, green = 0, blue = 0]: number[]): number[] {
  const [l, m, s] = [
    0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue,
    0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue,
    0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue,
  ].map((value) => Math.cbrt(Math.max(0, value))) as [number, number, number];
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

const times = (matrix: number[][], vector: number[]): number[] =>
  matrix.map((row) => row.reduce((sum, value, at) => sum + value * vector[at], 0));

describe('stepOf', () => {
  it('is the first step only without downtime, and the last only without uptime', () => {
    const last = stepOf(0, 100);
    expect(stepOf(100, 0)).toBe(0);
    expect(stepOf(99, 1)).toBeGreaterThan(0);
    expect(stepOf(1, 99)).toBeLessThan(last);
  });

  it('never decreases with more downtime', () => {
    const steps = Array.from({ length: 101 }, (_, down) => stepOf(100 - down, down));
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
  });

  it('depends on observed time only', () => {
    expect(stepOf(20, 20)).toBe(stepOf(50, 50));
  });

  it('has a colour for every step', () => {
    expect(heatColours([0, 0, 0], [9, 9, 9], [20, 0, 0])).toHaveLength(stepOf(0, 100) + 1);
  });
});

describe('stripedShare', () => {
  it('is 1 only if nothing was observed', () => {
    expect(stripedShare(0, 0)).toBe(1);
    expect(stripedShare(1, 0)).toBeLessThan(1);
  });

  it('is 0 if everything was observed, even with a rounding error of one percent', () => {
    expect(stripedShare(60, 40)).toBe(0);
    expect(stripedShare(33, 66)).toBe(0);
    expect(stripedShare(51, 50)).toBe(0);
  });

  it('is visible if it is small', () => {
    expect(stripedShare(98, 0)).toBeGreaterThan(0);
  });
});

describe('heatColours', () => {
  it.each(['light', 'dark'] as const)(
    'keep up, middle and down distinguishable for colour-blind users: %s',
    (scheme) => {
      const ends = ['heat-up', 'between', 'down'].map((name) => linear(token(name, scheme)));
      for (const matrix of Object.values(COLOUR_BLIND)) {
        const [up, between, down] = ends.map((colour) => times(matrix, colour)) as [number[], number[], number[]];
        expect(distance(up, down)).toBeGreaterThan(0.12);
        expect(distance(up, between)).toBeGreaterThan(0.12);
        expect(distance(between, down)).toBeGreaterThan(0.12);
      }
    },
  );

  it('come from computed styles', () => {
    expect(readRgb('rgb(19, 138, 125)')).toEqual([19, 138, 125]);
    expect(() => readRgb('light-dark(#138a7d, #35a899)')).toThrow(
      'colour must be rgb(r, g, b), got "light-dark(#138a7d, #35a899)"',
    );
  });
});
