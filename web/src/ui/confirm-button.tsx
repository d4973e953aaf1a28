import { useRef } from 'preact/hooks';

interface ConfirmProps {
  /** On the button. */
  readonly name: string;
  /** For who does not see beside what it stands. */
  readonly label: string;
  readonly question: string;
  readonly onConfirmed: () => void;
}

/** A button for what cannot be taken back: it asks first. */
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
            <button type="submit">No</button>
          </div>
        </form>
      </dialog>
    </>
  );
}
