// Writes openapi.json from the program's own description of its REST interface: npm run openapi. Needs dist/ (npm run build).
// Nothing is started and nothing listens: of the program only the shape is made, without a database.
import { writeFileSync } from 'node:fs';
import { NestFactory } from '@nestjs/core';
import { openApiDocument } from '../dist/src/edge/openapi/api-document.js';
import { ApiModule } from '../dist/src/app/api.module.js';
import { Clock } from '../dist/src/platform/clock/clock.js';
import { Settings } from '../dist/src/platform/config/settings.js';
import { Roles } from '../dist/src/platform/config/roles.js';

const surroundings = { settings: Settings.from({}), database: {}, roles: Roles.all, clock: new Clock() };
const app = await NestFactory.create(ApiModule.in(surroundings), { preview: true, logger: ['error'] });
writeFileSync(new URL('../openapi.json', import.meta.url), `${JSON.stringify(openApiDocument(app), null, 2)}\n`);
