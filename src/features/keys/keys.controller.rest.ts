import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import {
  ApiBody,
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import { ApiKeysService } from '../../edge/access/api-keys.service.js';
import { ManagesKeys } from '../../edge/access/require-scope.js';
import { ProblemDto } from '../../edge/errors/problem.dto.js';
import { readDuration, readKeyFilter, readKeyName, readScopes } from './key-input.js';
import { CreateKeyDto, KEY_ID_EXAMPLE, KeysDto, NewKeyDto, RotateKeyDto, toKeyDto, toNewKeyDto } from './keys.dto.js';

const KEY_ID = { name: 'key_id', example: KEY_ID_EXAMPLE } as const;
const NO_KEY = { type: ProblemDto, description: 'There is no such key.' } as const;

@ApiTags('keys')
@Controller('v1/keys')
export class KeysRestController {
  constructor(private readonly keys: ApiKeysService) {}

  @Post()
  @ManagesKeys()
  @ApiOperation({ operationId: 'createKey', summary: 'Create an API key, whose text is in this response only' })
  @ApiCreatedResponse({ type: NewKeyDto })
  async createKey(@Body() body: CreateKeyDto): Promise<NewKeyDto> {
    const options = { validForMs: readDuration('valid_for', body.valid_for), filter: readKeyFilter(body.filter) };
    return toNewKeyDto(await this.keys.create(readKeyName(body.name), readScopes(body.scopes), options));
  }

  @Get()
  @ManagesKeys()
  @ApiOperation({ operationId: 'listKeys', summary: 'List all API keys, newest first, without their secrets' })
  @ApiOkResponse({ type: KeysDto })
  async listKeys(): Promise<KeysDto> {
    return { keys: (await this.keys.list()).map(toKeyDto) };
  }

  @Post(':key_id/rotate')
  @ManagesKeys()
  @HttpCode(200)
  @ApiOperation({
    operationId: 'rotateKey',
    summary: 'Give an API key a new secret; the old one is valid until the overlap ends',
  })
  @ApiParam(KEY_ID)
  @ApiBody({ type: RotateKeyDto, required: false })
  @ApiOkResponse({ type: NewKeyDto })
  @ApiNotFoundResponse(NO_KEY)
  @ApiConflictResponse({ type: ProblemDto, description: 'The key is revoked or has expired.' })
  async rotateKey(@Param('key_id') id: string, @Body() body: RotateKeyDto): Promise<NewKeyDto> {
    return toNewKeyDto(await this.keys.rotate(id, readDuration('overlap', body.overlap)));
  }

  @Delete(':key_id')
  @ManagesKeys()
  @HttpCode(204)
  @ApiOperation({ operationId: 'revokeKey', summary: 'Revoke an API key; servers reject it within 5 s' })
  @ApiParam(KEY_ID)
  @ApiNoContentResponse()
  @ApiNotFoundResponse(NO_KEY)
  async revokeKey(@Param('key_id') id: string): Promise<void> {
    await this.keys.revoke(id);
  }
}
