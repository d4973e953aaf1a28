import { useEffect, useState } from 'preact/hooks';
import { FileQueue, type Loading, isBusy } from './file-queue.js';
import { loadFile } from './load-file.js';

/** Of the page, not of the view: who looks at something else meanwhile finds the files again. */
const queue = new FileQueue(loadFile);

// Closing the page would break off what is being sent.
queue.onChange(() => {
  if (isBusy(queue.files)) addEventListener('beforeunload', warn);
  else removeEventListener('beforeunload', warn);
});

export function useFiles(): { queue: FileQueue; files: readonly Loading[] } {
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
