import { MultiBar } from 'cli-progress';

/** A progress bar on stderr, so that stdout can be piped. Shown only if stderr is a terminal. */
export interface Progress {
  to(done: number, total: number): void;
  stop(): void;
}

let shown: { bars: MultiBar; running: number } | undefined;

/** Several bars may be shown at once, each on its own line. */
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
