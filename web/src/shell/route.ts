import { useEffect, useState } from 'preact/hooks';

/** The view that the address selects: `#/stores/abc?basis=all` is { view: 'stores', name: 'abc', query }. */
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

/** The current route. Rerenders when the address changes. */
export function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const update = (): void => setRoute(parseRoute(location.hash));
    addEventListener('hashchange', update);
    return () => removeEventListener('hashchange', update);
  }, []);
  return route;
}

/** Replaces the address without a new history entry, for changes of filters. */
export function replaceRoute(href: string): void {
  history.replaceState(null, '', href);
  dispatchEvent(new HashChangeEvent('hashchange'));
}

/** A truncated percent escape makes decodeURIComponent throw. The text is then used as it is. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
