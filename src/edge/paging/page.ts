/** A page of a list. */
export interface Page<Item> {
  readonly items: Item[];
  /** The last item if another page follows; its key becomes the token of that page. */
  readonly last: Item | undefined;
}

/** @param found up to `size` + 1 items; the extra one shows that another page follows */
export function cutPage<Item>(found: readonly Item[], size: number): Page<Item> {
  const items = found.slice(0, size);
  return { items, last: found.length > size ? items.at(-1) : undefined };
}
