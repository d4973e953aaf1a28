import { useEffect, useState } from 'preact/hooks';

const TOKENS = {
  surface: '--surface',
  line: '--line',
  text: '--text',
  quiet: '--quiet',
  link: '--link',
  up: '--up',
  down: '--down',
  downText: '--down-text',
  heatUp: '--heat-up',
  between: '--between',
  silent: '--silent',
} as const;

/** The colours of the theme as a canvas takes them: `rgb(…)`. */
export type Palette = Readonly<Record<keyof typeof TOKENS, string>>;

/** The colours of the theme, read again when the device goes dark or light. */
export function usePalette(): Palette {
  const [palette, setPalette] = useState(readPalette);
  useEffect(() => {
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const read = (): void => setPalette(readPalette());
    dark.addEventListener('change', read);
    return () => dark.removeEventListener('change', read);
  }, []);
  return palette;
}

/** light-dark() is resolved only where a property is computed. */
function readPalette(): Palette {
  const probe = document.createElement('span');
  // where a device forces its own few colours, a canvas still needs all of these
  probe.style.setProperty('forced-color-adjust', 'none');
  document.body.append(probe);
  const entries = Object.entries(TOKENS).map(([name, token]) => {
    probe.style.color = `var(${token})`;
    return [name, getComputedStyle(probe).color] as const;
  });
  probe.remove();
  return Object.fromEntries(entries) as unknown as Palette;
}

/** Stripes, for silence: on a ground of its own, so that what is beneath does not show through. */
export function stripes({ silent, surface }: Palette, ratio: number): CanvasPattern {
  const size = Math.round(6 * ratio);
  const tile = document.createElement('canvas');
  tile.width = tile.height = size;
  const context = tile.getContext('2d')!;
  context.fillStyle = surface;
  context.fillRect(0, 0, size, size);
  context.strokeStyle = silent;
  context.lineWidth = 1.5 * ratio;
  context.lineCap = 'square';
  context.beginPath();
  for (const from of [-size, 0, size]) {
    context.moveTo(from, size);
    context.lineTo(from + size, 0);
  }
  context.stroke();
  return context.createPattern(tile, 'repeat')!;
}
