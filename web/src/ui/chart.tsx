import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useSize } from './use-size.js';

/**
 * A uPlot chart that fills the available width. Give the same data as text or as a table for readers who cannot see it.
 * @param options a new object when the colours change
 * @param height CSS pixels
 */
export function Chart(props: {
  options: Omit<uPlot.Options, 'width' | 'height'>;
  data: uPlot.AlignedData;
  height: number;
  label: string;
}) {
  const { options, data, height, label } = props;
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const { width } = useSize(box);
  const hasRoom = width > 0;
  useEffect(() => {
    if (!hasRoom) return;
    plot.current = new uPlot({ ...options, width, height }, data, box.current!);
    return () => plot.current?.destroy();
  }, [options, hasRoom]);
  useEffect(() => plot.current?.setData(data), [data]);
  useEffect(() => plot.current?.setSize({ width, height }), [width, height]);
  return <div class="chart" ref={box} role="img" aria-label={label} style={{ minHeight: `${height}px` }} />;
}
