import { useEffect, useRef, useState } from 'preact/hooks';
import { onKeyNeeded } from '../api/client.js';
import { keepKey, readKey } from '../api/key.js';

/** Asks for an API key, once the server has asked for one. @param onKey after a key was given: everything is asked again */
export function KeyDialog({ onKey }: { onKey: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [wasRefused, setWasRefused] = useState(false);
  useEffect(
    () =>
      onKeyNeeded(() => {
        setWasRefused(readKey() !== undefined);
        if (!dialog.current!.open) dialog.current!.showModal();
      }),
    [],
  );
  const submit = (event: SubmitEvent): void => {
    const form = event.currentTarget as HTMLFormElement;
    const given = new FormData(form);
    keepKey((given.get('key') as string).trim(), given.get('keep') !== null);
    // what was wrong is not there when it is asked for again
    form.reset();
    onKey();
  };
  return (
    <dialog ref={dialog} aria-labelledby="key-title">
      <form method="dialog" onSubmit={submit}>
        <h2 id="key-title">API key</h2>
        <p>
          {wasRefused ? 'Storewatch does not know that key. ' : 'This Storewatch answers only to who has a key. '}
          Whoever runs it makes one with <code>storewatch keys create</code>.
        </p>
        <label>
          Key
          <input name="key" type="password" autocomplete="off" required />
        </label>
        <label class="check">
          <input name="keep" type="checkbox" /> keep it on this device
        </label>
        <button class="primary">Go on</button>
      </form>
    </dialog>
  );
}
