import { ApiQuery } from '@nestjs/swagger';
import { MAX_LENGTH } from '#libs/filter/parse.js';

export const FILTER_EXAMPLE = 'tags.region = North AND NOT tags:closing';

/** For descriptions of the parameter or field `filter`. */
export const filterText = (fields = 'store_id, name, timezone and tags'): string =>
  `Only stores that match this filter: a subset of https://google.aip.dev/160 with the fields ${fields}.`;

/** Describes `filter` in the OpenAPI document. @param knowsStates whether it may have `state` */
export const ApiFilter = ({ knowsStates = false } = {}): MethodDecorator =>
  ApiQuery({
    name: 'filter',
    required: false,
    description: filterText(knowsStates ? 'store_id, name, timezone, tags and state' : undefined),
    schema: { type: 'string', maxLength: MAX_LENGTH, example: FILTER_EXAMPLE },
  });
