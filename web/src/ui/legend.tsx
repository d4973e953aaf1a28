import type { ComponentChildren } from 'preact';
import './legend.css';

/** A key to the colours and stripes of a chart. */
export function Legend({ children }: { children: ComponentChildren }) {
  return <ul class="legend">{children}</ul>;
}

/** @param swatch a class of legend.css */
export function LegendEntry({ swatch, children }: { swatch: string; children: ComponentChildren }) {
  return (
    <li>
      <span class={`swatch ${swatch}`} aria-hidden="true" />
      {children}
    </li>
  );
}
