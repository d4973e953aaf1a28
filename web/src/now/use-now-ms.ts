import { useEffect, useState } from 'preact/hooks';

const EVERY_MS = 10_000;

/** The device's clock, read again every ten seconds: what is told as `… ago` grows old by itself. */
export function useNowMs(): number {
  const [nowMs, setNowMs] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return nowMs;
}
