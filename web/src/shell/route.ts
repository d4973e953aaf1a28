import { useEffect, useState } from 'preact/hooks';

/** What of the page is shown: `#/stores/abc?at=week` is { view: 'stores', name: 'abc', query }. */
export interface Route {
  readonly view: string;
  /** The second part of the path, decoded: a store id. */
  readonly name: string;
  readonly query: URLSearchParams;
}

export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const [view = '', ...rest] = path.split('/');
  return { view, name: decode(rest.join('/')), query: new URLSearchParams(query) };
}

export function hrefOf(view: string, name = '', query: Record<string, string> = {}): string {
  const search = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== '')).toString();
  return `#/${view}${name && `/${encodeURIComponent(name)}`}${search && `?${search}`}`;
}

/** The route of the address bar, as it changes. */
export function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const follow = (): void => setRoute(parseRoute(location.hash));
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return route;
}

/** Names a change of filters in the address bar without a step in the history. */
export function replaceRoute(href: string): void {
  history.replaceState(null, '', href);
  dispatchEvent(new HashChangeEvent('hashchange'));
}

/** A link that somebody has broken off in the middle of an escape is taken as it stands. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
