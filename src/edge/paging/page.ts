import { applyDecorators } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { PAGE_SIZES, type PageSizes } from './page-token.js';

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

/** Describes `page_size` and `page_token` in the OpenAPI document. */
export const ApiPage = (
  { default: size, max }: PageSizes = PAGE_SIZES,
  token = 'next_page_token of the previous response.',
): MethodDecorator =>
  applyDecorators(
    ApiQuery({
      name: 'page_size',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: max, default: size },
    }),
    ApiQuery({ name: 'page_token', required: false, schema: { type: 'string' }, description: token }),
  );
