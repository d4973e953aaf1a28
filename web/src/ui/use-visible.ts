import { useEffect, useState } from 'preact/hooks';

/** Whether anybody may see the page: it is in no tab behind another one. */
export function useVisible(): boolean {
  const [isVisible, setIsVisible] = useState(!document.hidden);
  useEffect(() => {
    const read = (): void => setIsVisible(!document.hidden);
    document.addEventListener('visibilitychange', read);
    return () => document.removeEventListener('visibilitychange', read);
  }, []);
  return isVisible;
}
