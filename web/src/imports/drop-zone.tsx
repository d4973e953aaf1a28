import { useEffect, useState } from 'preact/hooks';

const NAMES = ['store_status.csv', 'business_hours.csv', 'store_timezones.csv'];

/** A place for files, by mouse or by keyboard. */
export function DropZone({ onFiles }: { onFiles: (files: readonly File[]) => void }) {
  const [isOver, setIsOver] = useState(false);
  const take = (list: FileList | null | undefined): void => {
    if (list && list.length > 0) onFiles([...list]);
  };
  // Anywhere on the page: a file that misses would be opened in its place.
  useEffect(() => {
    const over = new AbortController();
    const listen = (name: string, listener: (event: DragEvent) => void): void =>
      document.addEventListener(name, (event) => listener(event as DragEvent), over);
    listen('dragover', (event) => {
      event.preventDefault();
      setIsOver(true);
    });
    listen('dragleave', (event) => event.relatedTarget === null && setIsOver(false));
    listen('drop', (event) => {
      event.preventDefault();
      setIsOver(false);
      take(event.dataTransfer?.files);
    });
    return () => over.abort();
  });
  const choose = (event: Event): void => {
    const input = event.currentTarget as HTMLInputElement;
    take(input.files);
    // the same file may be chosen again
    input.value = '';
  };
  return (
    <div class={`card drop${isOver ? ' over' : ''}`} role="group" aria-label="Files to load">
      <p>
        Drop {NAMES.map((name, i) => [i > 0 && ', ', <code key={name}>{name}</code>])} here, plain or <code>.gz</code>,
        in any order. <code>special_hours.csv</code> and <code>store_life.csv</code> are read too. What is good in a
        file is kept, and each row that is not is told with its reason.
      </p>
      <label>
        Or choose files
        <input type="file" multiple accept=".csv,.gz,.txt" onChange={choose} />
      </label>
    </div>
  );
}
