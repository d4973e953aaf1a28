import { useEffect, useState } from 'preact/hooks';

const EVERY_MS = 10_000;

/** The device's clock. Rerenders every ten seconds, so that `… ago` stays correct. */
export function useNowMs(): number {
  const [nowMs, setNowMs] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return nowMs;
}
