import { MultiBar } from 'cli-progress';

/** A progress bar on a terminal, nothing elsewhere. Written to stderr, so that output can be piped. */
export interface Progress {
  to(done: number, total: number): void;
  stop(): void;
}

let shown: { bars: MultiBar; running: number } | undefined;

/** Several may run at once, each on a line of its own. */
export function progress(label: string): Progress {
  if (!process.stderr.isTTY) return { to: () => {}, stop: () => {} };
  shown ??= {
    bars: new MultiBar({
      format: '{label} [{bar}] {percentage}% {eta_formatted}',
      clearOnComplete: true,
      hideCursor: true,
    }),
    running: 0,
  };
  const { bars } = shown;
  const bar = bars.create(1, 0, { label });
  shown.running++;
  return {
    to(done, total) {
      bar.setTotal(Math.max(total, 1));
      bar.update(done);
    },
    stop() {
      bars.remove(bar);
      if (!shown || --shown.running > 0) return;
      bars.stop();
      shown = undefined;
    },
  };
}
