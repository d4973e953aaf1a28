import { ApiProperty } from '@nestjs/swagger';

/** One fault of a request. It has one of `pointer`, `parameter` and `header`. */
export class ProblemErrorDto {
  @ApiProperty({
    required: false,
    format: 'uri-reference',
    example: '#/windows/0/from',
    description: 'JSON pointer (RFC 6901) to the field in the body.',
  })
  pointer?: string;

  @ApiProperty({ required: false, example: 'page_size', description: 'Name of the path or query parameter.' })
  parameter?: string;

  @ApiProperty({ required: false, example: 'idempotency-key', description: 'Name of the header, in lower case.' })
  header?: string;

  @ApiProperty({ example: 'windows[0].from: "yesterday" is not a timestamp.' })
  detail!: string;
}

/** RFC 9457 problem details. Some problems have more members, such as `import` for a failed import. */
export class ProblemDto {
  @ApiProperty({
    format: 'uri',
    example: 'urn:storewatch:problem:invalid_argument',
    description: 'Identifies the code. It never changes.',
  })
  type!: string;

  @ApiProperty({ example: 'Invalid request' })
  title!: string;

  @ApiProperty({ type: 'integer', example: 400 })
  status!: number;

  @ApiProperty({
    example: 'windows[0].from: "yesterday" is not a timestamp.',
    description: 'What is wrong and, if possible, what would be right.',
  })
  detail!: string;

  @ApiProperty({ example: 'invalid_argument' })
  code!: string;

  @ApiProperty({
    required: false,
    example: '0b5c2a54-6d0f-4f1e-8a53-2f0c7d1b9e77',
    description: 'The X-Request-Id of the response. It also appears in the server log.',
  })
  request_id?: string;

  @ApiProperty({ required: false, example: 'windows[0].from', description: 'The first invalid field.' })
  field?: string;

  @ApiProperty({
    required: false,
    type: [ProblemErrorDto],
    example: [{ pointer: '#/windows/0/from', detail: 'windows[0].from: "yesterday" is not a timestamp.' }],
    description: 'The invalid fields, at most 20.',
  })
  errors?: ProblemErrorDto[];
}
