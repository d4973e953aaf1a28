import { FILE_KINDS } from '../../../libs/file-kind.js';
import { type ImportKind, titleOf } from './file-kind.js';

/** Asks for the kind of a file. Importing needs a button, because arrow keys change the value of a closed select. */
export function KindForm(props: { fileName: string; onKind: (kind: ImportKind) => void; onRemove: () => void }) {
  const { fileName, onKind, onRemove } = props;
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    onKind(new FormData(event.currentTarget as HTMLFormElement).get('kind') as ImportKind);
  };
  return (
    <form class="kind" onSubmit={submit}>
      <label>
        File kind
        <select name="kind" required>
          <option value="">choose a kind</option>
          {FILE_KINDS.map((kind) => (
            <option key={kind} value={kind}>
              {titleOf(kind)} ({kind})
            </option>
          ))}
        </select>
      </label>
      <button class="primary" aria-label={`Import ${fileName}`}>
        Import
      </button>
      <button type="button" aria-label={`Remove ${fileName}`} onClick={onRemove}>
        Remove
      </button>
    </form>
  );
}
