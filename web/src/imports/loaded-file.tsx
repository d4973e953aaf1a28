import { ApiError } from '../api/client.js';
import { Failure } from '../ui/failure.js';
import { type ImportKind, titleOf } from './file-kind.js';
import type { QueuedFile } from './file-queue.js';
import { ImportCounts, ImportWarnings } from './import-counts.js';
import { formatBytes } from '../format/bytes.js';
import { KindForm } from './kind-form.js';
import { Rejects } from './rejects.js';

interface FileProps {
  readonly loading: QueuedFile;
  readonly onKind: (kind: ImportKind) => void;
  readonly onRemove: () => void;
}

export function LoadedFile({ loading, onKind, onRemove }: FileProps) {
  const { file, kind, state, error } = loading;
  const loaded = loading.loaded ?? (error instanceof ApiError ? error.failedImport : undefined);
  return (
    <li>
      <h3>
        {file.name} <span class="quiet">{kind && titleOf(kind)}</span>
      </h3>
      {state === 'kind needed' && <KindForm fileName={file.name} onKind={onKind} onRemove={onRemove} />}
      {state === 'queued' && <p role="status">Waiting for the previous file.</p>}
      {state === 'loading' && <Upload file={file} sent={loading.sent ?? 0} />}
      <Failure error={error}>
        <p>
          <button type="button" aria-label={`Retry ${file.name}`} onClick={() => onKind(kind!)}>
            Retry
          </button>
          <button type="button" aria-label={`Remove ${file.name}`} onClick={onRemove}>
            Remove
          </button>
        </p>
      </Failure>
      {loaded && (
        <div role="status">
          <ImportCounts loaded={loaded} />
          <ImportWarnings loaded={loaded} />
        </div>
      )}
      {loaded && loaded.rejected > 0 && <Rejects importId={loaded.import_id} count={loaded.rejected} isOpen />}
    </li>
  );
}

/** Progress of an upload. The server imports rows as they arrive, so little work is left after the last byte. */
function Upload({ file, sent }: { file: File; sent: number }) {
  const isSent = sent >= file.size;
  return (
    <>
      <p role="status">{isSent ? 'Importing the last rows …' : 'Uploading …'}</p>
      <p>
        {isSent ? (
          <progress aria-label={`Importing ${file.name}`} />
        ) : (
          <progress aria-label={`Uploading ${file.name}`} value={sent} max={file.size} />
        )}
        <span class="quiet">
          {formatBytes(Math.min(sent, file.size))} of {formatBytes(file.size)}
        </span>
      </p>
    </>
  );
}
