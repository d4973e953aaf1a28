import { useEffect, useState } from 'preact/hooks';
import { hrefOf } from '../shell/route.js';
import { DropZone } from './drop-zone.js';
import { KINDS, kindOf } from './file-kind.js';
import { LoadedFile, type Loading } from './loaded-file.js';
import { loadFile } from './load-file.js';
import { PastImports } from './past-imports.js';
import './imports.css';

/** Files are dropped, and told about; below them what was loaded before. */
export function ImportsView() {
  const [files, setFiles] = useState<readonly Loading[]>([]);
  const change = (id: number, changed: Partial<Loading>): void =>
    setFiles((last) => last.map((each) => (each.id === id ? { ...each, ...changed } : each)));
  const next = nextOf(files);
  useEffect(() => {
    if (!next) return;
    change(next.id, { state: 'loading' });
    loadFile(next.kind!, next.file, (sent) => change(next.id, { sent })).then(
      (loaded) => change(next.id, { state: 'loaded', loaded }),
      (error: Error) => change(next.id, { state: 'refused', error }),
    );
  }, [next?.id]);
  const add = (added: readonly File[]): void =>
    setFiles((last) => [
      ...last,
      ...added.map((file, i) => {
        const kind = kindOf(file.name);
        return { id: last.length + i, file, ...(kind && { kind }), state: kind ? 'waiting' : 'asking' } as const;
      }),
    ]);
  const isBusy = files.some(({ state }) => state === 'waiting' || state === 'loading');
  const done = files.filter(({ state }) => state === 'loaded');
  return (
    <>
      <h1>Imports</h1>
      <DropZone onFiles={add} />
      {files.length > 0 && (
        <section class="card" aria-labelledby="files-title" aria-busy={isBusy}>
          <h2 id="files-title">Your files</h2>
          <ul class="files">
            {files.map((each) => (
              <LoadedFile
                key={each.id}
                loading={each}
                onKind={(kind) => change(each.id, { kind, state: 'waiting' })}
                onDrop={() => change(each.id, { state: 'dropped' })}
              />
            ))}
          </ul>
          {done.length > 0 && !isBusy && (
            <p>
              <a href={hrefOf('fleet')}>See the fleet</a> or <a href={hrefOf('reports')}>make a report</a>.
            </p>
          )}
        </section>
      )}
      <PastImports loaded={done.length} />
    </>
  );
}

/** Files are loaded one after the other, calendars before polls. */
function nextOf(files: readonly Loading[]): Loading | undefined {
  if (files.some(({ state }) => state === 'loading')) return files.find(({ state }) => state === 'loading');
  const waiting = files.filter(({ state }) => state === 'waiting');
  return KINDS.map(({ kind }) => waiting.find((each) => each.kind === kind)).find((each) => each !== undefined);
}
