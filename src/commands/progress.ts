import { SingleBar } from 'cli-progress';

/** A progress bar on a terminal, nothing elsewhere. Written to stderr, so that output can be piped. */
export interface Progress {
  to(done: number, total: number): void;
  stop(): void;
}

export function progress(label: string): Progress {
  if (!process.stderr.isTTY) return { to: () => {}, stop: () => {} };
  const bar = new SingleBar({
    format: `${label} [{bar}] {percentage}% {eta_formatted}`,
    clearOnComplete: true,
    hideCursor: true,
  });
  bar.start(1, 0);
  return {
    to(done, total) {
      bar.setTotal(Math.max(total, 1));
      bar.update(done);
    },
    stop: () => bar.stop(),
  };
}
