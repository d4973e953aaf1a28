import { hrefOf } from '../shell/route.js';
import { DropZone } from './drop-zone.js';
import { isBusy } from './file-queue.js';
import { LoadedFile } from './loaded-file.js';
import { PastImports } from './past-imports.js';
import { useFiles } from './use-files.js';
import './imports.css';

/** Uploads files and shows their results, with past imports below. */
export function ImportsView() {
  const { queue, files } = useFiles();
  const busy = isBusy(files);
  const ended = files.filter(({ state }) => state === 'loaded' || state === 'failed');
  return (
    <>
      <h1>Imports</h1>
      <DropZone onFiles={(added) => queue.add(added)} />
      {files.length > 0 && (
        <section class="card" aria-labelledby="files-title" aria-busy={busy}>
          <h2 id="files-title">Uploads</h2>
          <ul class="files">
            {files.map((each) => (
              <LoadedFile
                key={each.id}
                loading={each}
                onKind={(kind) => queue.enqueue(each.id, kind)}
                onRemove={() => queue.remove(each.id)}
              />
            ))}
          </ul>
          {!busy && files.some(({ state }) => state === 'loaded') && (
            <p>
              <a href={hrefOf('fleet')}>View the fleet</a> or <a href={hrefOf('reports')}>create a report</a>.
            </p>
          )}
        </section>
      )}
      <PastImports loaded={ended.length} />
    </>
  );
}
