/** How a store is called in running text: `Corner Shop (1003)`, or its id. */
export const storeText = (id: string, name: string | null): string => (name === null ? id : `${name} (${id})`);

/** `brand: Corner, region: North`, ordered by key; empty without tags. */
export const tagsText = (tags: Readonly<Record<string, string>>): string =>
  Object.entries(tags)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}: ${value}`)
    .join(', ');
