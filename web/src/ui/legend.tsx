import type { ComponentChildren } from 'preact';
import './legend.css';

/** What colours and stripes mean. */
export function Legend({ children }: { children: ComponentChildren }) {
  return <ul class="legend">{children}</ul>;
}

/** @param look a class of legend.css */
export function LegendEntry({ look, children }: { look: string; children: ComponentChildren }) {
  return (
    <li>
      <span class={`swatch ${look}`} aria-hidden="true" />
      {children}
    </li>
  );
}
