interface ShowMoreProps {
  /** Number of items shown. */
  readonly size: number;
  readonly onSize: (size: number) => void;
  /** From the response; null on the last page. */
  readonly nextPageToken: string | null | undefined;
}

const STEP = 20;
/** Largest page of the API. The page lists no more than that. */
const MAX_SIZE = 1_000;

/** Number of items that a list shows at first. */
export const FIRST_SIZE = STEP;

/** A button below a list that has more items. */
export function ShowMore({ size, onSize, nextPageToken }: ShowMoreProps) {
  if (!nextPageToken || size >= MAX_SIZE) return null;
  return (
    <button type="button" onClick={() => onSize(Math.min(MAX_SIZE, size + STEP))}>
      Show more
    </button>
  );
}
