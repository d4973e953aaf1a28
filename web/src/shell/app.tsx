import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { FleetView } from '../fleet/fleet-view.js';
import { ImportsView } from '../imports/imports-view.js';
import { NowView } from '../now/now-view.js';
import { ReportsView } from '../reports/reports-view.js';
import { StoreView } from '../store/store-view.js';
import { KeyDialog } from './key-dialog.js';
import { type Route, hrefOf, useRoute } from './route.js';

const VIEWS = [
  { view: '', title: 'Now' },
  { view: 'fleet', title: 'Fleet' },
  { view: 'reports', title: 'Reports' },
  { view: 'imports', title: 'Imports' },
];

export function App() {
  const route = useRoute();
  const [keys, setKeys] = useState(0);
  const main = useRef<HTMLElement>(null);
  const title = route.view === 'stores' ? route.name : VIEWS.find(({ view }) => view === route.view)?.title;
  const isFirst = useRef(true);
  useLayoutEffect(() => {
    document.title = title === undefined ? 'Storewatch' : `${title} – Storewatch`;
    // Keyboard and screen-reader users continue in the new view. A layout effect moves the focus before the next frame, so
    // that the next key press reaches the new view.
    if (!isFirst.current) main.current!.focus();
    isFirst.current = false;
  }, [route.view, route.name]);
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => (event.preventDefault(), main.current!.focus())}>
        Skip to content
      </a>
      <header class="top">
        <a class="brand" href={hrefOf('')}>
          Storewatch
        </a>
        <nav aria-label="Views">
          {VIEWS.map(({ view, title: name }) => (
            <a key={view} href={hrefOf(view)} aria-current={isIn(route, view) ? 'page' : undefined}>
              {name}
            </a>
          ))}
          <a href="docs">API</a>
        </nav>
      </header>
      <main id="main" ref={main} tabIndex={-1} key={keys}>
        <View route={route} />
      </main>
      <KeyDialog onKey={() => setKeys((last) => last + 1)} />
    </>
  );
}

/** The navigation marks Fleet as current for a single store too. */
const isIn = (route: Route, view: string): boolean =>
  route.view === view || (view === 'fleet' && route.view === 'stores');

function View({ route }: { route: Route }) {
  switch (route.view) {
    case '':
      return <NowView query={route.query} />;
    case 'fleet':
      return <FleetView query={route.query} />;
    case 'stores':
      return <StoreView key={route.name} storeId={route.name} query={route.query} />;
    case 'reports':
      return <ReportsView />;
    case 'imports':
      return <ImportsView />;
    default:
      return (
        <>
          <h1>Page not found</h1>
          <p>
            There is no page at this address. <a href={hrefOf('')}>Go to Now</a>
          </p>
        </>
      );
  }
}
