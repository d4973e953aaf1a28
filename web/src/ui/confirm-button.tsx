import { useRef } from 'preact/hooks';

interface ConfirmProps {
  /** Text of the button. */
  readonly name: string;
  /** Accessible name, which also names the item. */
  readonly label: string;
  readonly question: string;
  readonly onConfirmed: () => void;
}

/** A button for an action that cannot be undone. It asks for confirmation. */
export function ConfirmButton({ name, label, question, onConfirmed }: ConfirmProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  return (
    <>
      <button type="button" aria-label={label} onClick={() => dialog.current!.showModal()}>
        {name}
      </button>
      <dialog ref={dialog} aria-label={question}>
        <form method="dialog">
          <p>{question}</p>
          <div class="answers">
            <button type="submit" class="primary" onClick={onConfirmed}>
              {name}
            </button>
            <button type="submit">Go back</button>
          </div>
        </form>
      </dialog>
    </>
  );
}
