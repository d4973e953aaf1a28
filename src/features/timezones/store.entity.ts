import { type InferEntity, defineEntity, p } from '@mikro-orm/core';

export const Store = defineEntity({
  name: 'Store',
  tableName: 'store',
  properties: {
    id: p.integer().primary(),
    /** The id that the outside knows: opaque text, never a number. */
    externalId: p.text().unique(),
    /** IANA name; null means DEFAULT_ZONE. */
    timezone: p.text().nullable(),
    /** Local dates, YYYY-MM-DD. */
    openedOn: p.date().nullable(),
    closedOn: p.date().nullable(),
  },
});
export type Store = InferEntity<typeof Store>;
