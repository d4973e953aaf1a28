import { ApiProperty } from '@nestjs/swagger';

/** One fault of a request: of `pointer`, `parameter` and `header` it has the one that fits. */
export class ProblemErrorDto {
  @ApiProperty({
    required: false,
    format: 'uri-reference',
    example: '#/windows/0/from',
    description: 'RFC 6901: the place in the body.',
  })
  pointer?: string;

  @ApiProperty({ required: false, example: 'page_size', description: 'The parameter of the path or the query.' })
  parameter?: string;

  @ApiProperty({ required: false, example: 'idempotency-key', description: 'The header, in small letters.' })
  header?: string;

  @ApiProperty({ example: 'windows[0].from: "yesterday" is not a timestamp.' })
  detail!: string;
}

/** RFC 9457 problem details. Some problems have more members: an import that failed is in `import`. */
export class ProblemDto {
  @ApiProperty({
    format: 'uri',
    example: 'urn:storewatch:problem:invalid_argument',
    description: 'One for each code, and it stays.',
  })
  type!: string;

  @ApiProperty({ example: 'Invalid request' })
  title!: string;

  @ApiProperty({ type: 'integer', example: 400 })
  status!: number;

  @ApiProperty({
    example: 'windows[0].from: "yesterday" is not a timestamp.',
    description: 'What is wrong, and what would be right.',
  })
  detail!: string;

  @ApiProperty({ example: 'invalid_argument' })
  code!: string;

  @ApiProperty({
    required: false,
    example: '0b5c2a54-6d0f-4f1e-8a53-2f0c7d1b9e77',
    description: 'The X-Request-Id of the answer; log lines have it.',
  })
  request_id?: string;

  @ApiProperty({ required: false, example: 'windows[0].from', description: 'The first field at fault.' })
  field?: string;

  @ApiProperty({
    required: false,
    type: [ProblemErrorDto],
    example: [{ pointer: '#/windows/0/from', detail: 'windows[0].from: "yesterday" is not a timestamp.' }],
    description: 'Every field at fault, as far as the request was read.',
  })
  errors?: ProblemErrorDto[];
}
