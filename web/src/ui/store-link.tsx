import { hrefOf } from '../shell/route.js';
import { tagsText } from './store-name.js';

interface StoreLinkProps {
  readonly id: string;
  readonly name: string | null;
  readonly tags?: Readonly<Record<string, string>>;
}

/** A link to a store's page: its name with its id, or only the id. Tags follow. */
export function StoreLink({ id, name, tags = {} }: StoreLinkProps) {
  const text = tagsText(tags);
  return (
    <>
      <a href={hrefOf('stores', id)}>{name ?? id}</a>
      {name !== null && <span class="quiet small"> {id}</span>}
      {text !== '' && (
        <>
          <br />
          <span class="quiet small">{text}</span>
        </>
      )}
    </>
  );
}
