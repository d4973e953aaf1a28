import { useEffect, useRef, useState } from 'preact/hooks';
import { onKeyNeeded } from '../api/client.js';
import { saveKey, readKey } from '../api/key.js';

/** Asks for an API key after the server returns 401. @param onKey called with each new key, so that the view reloads */
export function KeyDialog({ onKey }: { onKey: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [wasRejected, setWasRejected] = useState(false);
  useEffect(
    () =>
      onKeyNeeded(() => {
        setWasRejected(readKey() !== undefined);
        if (!dialog.current!.open) dialog.current!.showModal();
      }),
    [],
  );
  const submit = (event: SubmitEvent): void => {
    const form = event.currentTarget as HTMLFormElement;
    const values = new FormData(form);
    saveKey((values.get('key') as string).trim(), values.get('keep') !== null);
    // Clears a rejected key before the dialog opens again.
    form.reset();
    onKey();
  };
  return (
    <dialog ref={dialog} aria-labelledby="key-title">
      <form method="dialog" onSubmit={submit}>
        <h2 id="key-title">API key</h2>
        <p>
          {wasRejected ? 'The server rejected this API key. ' : 'This server requires an API key. '}
          The server’s administrator creates keys with <code>storewatch keys create</code>.
        </p>
        <label>
          Key
          <input name="key" type="password" autocomplete="off" required />
        </label>
        <label class="check">
          <input name="keep" type="checkbox" aria-describedby="keep-help" /> Remember key
        </label>
        <p id="keep-help" class="quiet small">
          Stores the key in this browser. Otherwise the browser forgets it when you close the tab.
        </p>
        <button class="primary">Continue</button>
      </form>
    </dialog>
  );
}
