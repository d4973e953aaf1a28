import type { Storewatch } from './server.js';

/** Every sample of an exposition by its name and labels. Labels are in alphabetical order. */
export function samplesOf(exposition: string): Map<string, number> {
  const samples = exposition.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === undefined) return [];
    const sorted = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([label]) => label).sort();
    return [[`${name}{${sorted.join(',')}}`, Number(value)] as const];
  });
  return new Map(samples);
}

export async function metricsOf(server: Pick<Storewatch, 'http'>): Promise<Map<string, number>> {
  const response = await fetch(`${server.http}/metrics`);
  return samplesOf(await response.text());
}
