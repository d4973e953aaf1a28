import { useEffect, useState } from 'preact/hooks';

const NAMES = ['store_status.csv', 'business_hours.csv', 'store_timezones.csv'];

/** A drop target and a file picker. */
export function DropZone({ onFiles }: { onFiles: (files: readonly File[]) => void }) {
  const [isOver, setIsOver] = useState(false);
  const take = (list: FileList | null | undefined): void => {
    if (list && list.length > 0) onFiles([...list]);
  };
  // Listens on the whole page. Otherwise the browser opens a file that is dropped outside the target.
  useEffect(() => {
    const controller = new AbortController();
    const listen = (name: string, listener: (event: DragEvent) => void): void =>
      document.addEventListener(name, (event) => listener(event as DragEvent), controller);
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
    return () => controller.abort();
  });
  const choose = (event: Event): void => {
    const input = event.currentTarget as HTMLInputElement;
    take(input.files);
    // Allows choosing the same file again.
    input.value = '';
  };
  return (
    <div class={`card drop${isOver ? ' over' : ''}`} role="group" aria-label="File upload">
      <p>
        Drop {NAMES.map((name, i) => [i > 0 && ', ', <code key={name}>{name}</code>])}, <code>special_hours.csv</code>,{' '}
        <code>store_life.csv</code> or <code>stores.csv</code> here, plain or <code>.gz</code>, in any order. Storewatch
        imports the valid rows and lists each rejected row with its reason.
      </p>
      <label>
        CSV files
        <input type="file" multiple accept=".csv,.gz,.txt" onChange={choose} />
      </label>
    </div>
  );
}
