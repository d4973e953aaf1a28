/** The first items of an order, among all that are added. */
export class FirstInOrder<Item extends Key, Key = Item> {
  /** Whether items were left out, because they come after the `limit` first ones. */
  isCut = false;
  private items: Item[] = [];

  /**
   * @param compare like that of Array.sort
   * @param after   only items after this key count; undefined: all
   */
  constructor(
    private readonly limit: number,
    private readonly compare: (a: Key, b: Key) => number,
    private readonly after: Key | undefined,
  ) {}

  add(item: Item): void {
    if (this.after !== undefined && this.compare(item, this.after) <= 0) return;
    this.items.push(item);
    if (this.items.length >= 2 * this.limit) this.cut();
  }

  /** At most `limit` items. */
  inOrder(): readonly Item[] {
    this.cut();
    return this.items;
  }

  private cut(): void {
    this.items.sort(this.compare);
    if (this.items.length <= this.limit) return;
    this.isCut = true;
    this.items.length = this.limit;
  }
}
