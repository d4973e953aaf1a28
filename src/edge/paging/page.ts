/** A page of a list. */
export interface Page<Item> {
  readonly items: Item[];
  /** The last item, where another page follows: its key is the next page's token. */
  readonly last: Item | undefined;
}

/** @param found one more than `size`, if there are so many: that one says that another page follows */
export function cutPage<Item>(found: readonly Item[], size: number): Page<Item> {
  const items = found.slice(0, size);
  return { items, last: found.length > size ? items.at(-1) : undefined };
}
