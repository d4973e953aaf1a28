import { applyDecorators } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { PAGE_SIZES, type PageSizes } from './page-token.js';

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
