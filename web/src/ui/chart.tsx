import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useSize } from './use-size.js';

/**
 * A chart of uPlot, as wide as there is room. What it shows has to be said in words or a table as well.
 * @param options made anew when colours change; everything but the size
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
