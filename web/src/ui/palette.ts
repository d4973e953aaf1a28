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

/** The colours of the theme in the form that a canvas accepts: `rgb(…)`. */
export type Palette = Readonly<Record<keyof typeof TOKENS, string>>;

/** The colours of the theme. Rerenders when the device switches between dark and light. */
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

/** The browser resolves light-dark() only in computed properties, so a probe element reads them. */
function readPalette(): Palette {
  const probe = document.createElement('span');
  // In forced-colors mode a canvas still needs every colour of the theme.
  probe.style.setProperty('forced-color-adjust', 'none');
  document.body.append(probe);
  const entries = Object.entries(TOKENS).map(([name, token]) => {
    probe.style.color = `var(${token})`;
    return [name, getComputedStyle(probe).color] as const;
  });
  probe.remove();
  return Object.fromEntries(entries) as unknown as Palette;
}

/** Stripes for time without recent data. The tile is opaque, so that colours beneath do not show through. */
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
