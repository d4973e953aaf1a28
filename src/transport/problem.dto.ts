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

  @ApiProperty({ required: false, example: 'as_of', description: 'The field at fault.' })
  field?: string;
}
