import { ApiProperty } from '@nestjs/swagger';
import { WEBHOOK_STATES, type WebhookState } from '../record/webhook-state.js';

export class WebhookDto implements WebhookState {
  @ApiProperty({
    example: 'example.com',
    description: 'The host of the URL. The full URL is not shown, since it may contain secrets.',
  })
  host!: string;

  @ApiProperty({
    enum: WEBHOOK_STATES,
    description: 'Waiting: the report is still running, or another attempt follows.',
  })
  state!: WebhookState['state'];

  @ApiProperty({ example: 1 })
  attempts!: number;

  @ApiProperty({ type: Number, nullable: true, example: 204, description: 'HTTP status of the last attempt.' })
  last_status!: number | null;

  @ApiProperty({ type: String, nullable: true, description: 'Why the last attempt failed.' })
  last_error!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  last_attempt_at!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  next_attempt_at!: string | null;
}
