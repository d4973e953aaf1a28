import { FILE_KINDS } from '../../../libs/file-kind.js';
import { type ImportKind, titleOf } from './file-kind.js';

/** Asks what a file holds. It is loaded by a button: arrow keys alone choose in a list that is not open. */
export function KindForm(props: { fileName: string; onKind: (kind: ImportKind) => void; onLeftOut: () => void }) {
  const { fileName, onKind, onLeftOut } = props;
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    onKind(new FormData(event.currentTarget as HTMLFormElement).get('kind') as ImportKind);
  };
  return (
    <form class="kind" onSubmit={submit}>
      <label>
        What is in it?
        <select name="kind" required>
          <option value="">its name does not tell</option>
          {FILE_KINDS.map((kind) => (
            <option key={kind} value={kind}>
              {titleOf(kind)} ({kind})
            </option>
          ))}
        </select>
      </label>
      <button class="primary" aria-label={`Load ${fileName}`}>
        Load
      </button>
      <button type="button" aria-label={`Leave it out: ${fileName}`} onClick={onLeftOut}>
        Leave it out
      </button>
    </form>
  );
}
