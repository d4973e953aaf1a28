interface ShowMoreProps {
  /** How many are shown. */
  readonly size: number;
  readonly onSize: (size: number) => void;
  /** Of the answer: null where these are all. */
  readonly nextPageToken: string | null | undefined;
}

const STEP = 20;
/** In one answer; the API has the others. */
const MOST = 1_000;

/** How many things a list shows at first. */
export const FIRST_SIZE = STEP;

/** Under a list of which there is more. */
export function ShowMore({ size, onSize, nextPageToken }: ShowMoreProps) {
  if (!nextPageToken || size >= MOST) return null;
  return (
    <button type="button" onClick={() => onSize(Math.min(MOST, size + STEP))}>
      Show more
    </button>
  );
}
