import { ApiProperty } from '@nestjs/swagger';

/** RFC 9457 problem details. */
export class ProblemDto {
  @ApiProperty({ example: 'about:blank' })
  type!: string;

  @ApiProperty({ example: 'Invalid request' })
  title!: string;

  @ApiProperty({ example: 400 })
  status!: number;

  @ApiProperty({
    example: 'as_of: "yesterday" is not a timestamp.',
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

  @ApiProperty({ required: false, example: 'as_of', description: 'The field at fault.' })
  field?: string;
}
