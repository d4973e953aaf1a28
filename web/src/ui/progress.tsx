import './ui.css';
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

/**
 * A progress bar with a label and a count.
 * @param max null: the total is not known yet
 */
export function Progress(props: { value: number; max: number | null; unit: string; children: ComponentChildren }) {
  const { value, max, unit, children } = props;
  const id = useId();
  const done = value.toLocaleString('en');
  return (
    <div class="progress">
      <label for={id}>{children}</label>
      {max === null ? <progress id={id} /> : <progress id={id} value={value} max={Math.max(1, max)} />}
      <span class="quiet">
        {max === null ? done : `${done} of ${max.toLocaleString('en')}`} {unit}
      </span>
    </div>
  );
}
