import { useEffect, useState } from 'preact/hooks';
import { FileQueue, type QueuedFile, isBusy } from './file-queue.js';
import { loadFile } from './load-file.js';

/** The queue belongs to the page, so that it survives a change of view. */
const queue = new FileQueue(loadFile);

// Closing the page would abort a running upload.
queue.onChange(() => {
  if (isBusy(queue.files)) addEventListener('beforeunload', warn);
  else removeEventListener('beforeunload', warn);
});

export function useFiles(): { queue: FileQueue; files: readonly QueuedFile[] } {
  const [files, setFiles] = useState(queue.files);
  useEffect(() => {
    setFiles(queue.files);
    return queue.onChange(() => setFiles(queue.files));
  }, []);
  return { queue, files };
}

function warn(event: BeforeUnloadEvent): void {
  event.preventDefault();
}
