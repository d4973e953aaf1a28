import { ApiProperty } from '@nestjs/swagger';
import { Allow } from 'class-validator';
import { MAX_LENGTH } from '#libs/filter/parse.js';
import { formatInstant } from '#libs/instant/instant.js';
import type { ApiKey } from '../../edge/access/api-key.entity.js';
import { SCOPES, type Scope } from '../../edge/access/scope.js';
import { FILTER_EXAMPLE } from '../../edge/filter/api-filter.js';

export const KEY_ID_EXAMPLE = '0123456789ab';
const KEY_EXAMPLE = `sw_${KEY_ID_EXAMPLE}_${'A'.repeat(43)}`;
const INSTANT = { type: String, format: 'date-time' } as const;
const AT = '2026-11-23T08:00:00Z';

export class CreateKeyDto {
  @ApiProperty({ type: String, maxLength: 100, example: 'franchisee acme', description: 'A label.' })
  @Allow()
  name!: unknown;

  @ApiProperty({ type: [String], enum: SCOPES, isArray: true, example: ['read'] })
  @Allow()
  scopes!: unknown;

  @ApiProperty({
    type: String,
    required: false,
    nullable: true,
    maxLength: MAX_LENGTH,
    example: FILTER_EXAMPLE,
    description: 'The key sees and changes only stores that match this filter; null: all stores.',
  })
  @Allow()
  filter?: unknown;

  @ApiProperty({ type: String, required: false, example: '90d', description: 'Default: until it is revoked.' })
  @Allow()
  valid_for?: unknown;
}

export class RotateKeyDto {
  @ApiProperty({
    type: String,
    required: false,
    default: '24h',
    example: '24h',
    description: "How long the key's text before is still valid; 0: not at all.",
  })
  @Allow()
  overlap?: unknown;
}

export class KeyDto {
  @ApiProperty({ example: KEY_ID_EXAMPLE })
  key_id!: string;

  @ApiProperty({ example: 'franchisee acme' })
  name!: string;

  @ApiProperty({ enum: SCOPES, isArray: true, example: ['read'] })
  scopes!: Scope[];

  @ApiProperty({ type: String, nullable: true, example: FILTER_EXAMPLE, description: 'null: all stores.' })
  filter!: string | null;

  @ApiProperty({ ...INSTANT, example: AT })
  created_at!: string;

  @ApiProperty({ ...INSTANT, nullable: true, example: null })
  expires_at!: string | null;

  @ApiProperty({ ...INSTANT, nullable: true, example: AT, description: 'To the minute; null: never used.' })
  last_used_at!: string | null;

  @ApiProperty({ ...INSTANT, nullable: true, example: null })
  revoked_at!: string | null;

  @ApiProperty({
    ...INSTANT,
    nullable: true,
    example: null,
    description: 'Until when the secret before the last rotation is valid; null: never rotated.',
  })
  old_secret_valid_until!: string | null;
}

export class NewKeyDto extends KeyDto {
  @ApiProperty({ example: KEY_EXAMPLE, description: 'The whole key. It is in this response only.' })
  key!: string;
}

export class KeysDto {
  @ApiProperty({ type: [KeyDto] })
  keys!: KeyDto[];
}

const textOf = (at: Date | null | undefined): string | null => (at ? formatInstant(at.getTime()) : null);

export const toKeyDto = (key: ApiKey): KeyDto => ({
  key_id: key.id,
  name: key.name,
  scopes: key.scopes,
  filter: key.filter ?? null,
  created_at: formatInstant(key.createdAt.getTime()),
  expires_at: textOf(key.expiresAt),
  last_used_at: textOf(key.lastUsedAt),
  revoked_at: textOf(key.revokedAt),
  old_secret_valid_until: textOf(key.oldValidUntil),
});

export const toNewKeyDto = ({ key, text }: { key: ApiKey; text: string }): NewKeyDto => ({
  ...toKeyDto(key),
  key: text,
});
