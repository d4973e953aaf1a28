import { once } from 'node:events';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { INestApplicationContext } from '@nestjs/common';
import { notFound } from '#libs/errors.js';
import { Access } from '../../edge/access/access.js';
import { siteCheck } from '../../edge/access/own-site.js';
import { authorize, authorizeForAllStores } from '../../edge/access/scope.js';
import type { Settings } from '../../platform/config/settings.js';
import { EXPOSITION_TYPE, Exposition } from './exposition.js';
import { toDomainError } from '../../edge/errors/error-table.js';
import { forUrl, portError } from '../../edge/http/ports.js';
import { toProblem } from '../../edge/errors/problem.js';
import { HealthService } from './health.service.js';

/** Requests here are only a few lines, so a slow one is cut off. */
const REQUEST_MS = 5_000;

interface Answer {
  readonly status?: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Serves `/livez`, `/readyz` and `/metrics` on HEALTH_PORT, for processes without REST, and for probes and scrapers without TLS.
 * Access rules are the same as for REST: the scope for the metrics, and the allowed hosts and sites.
 * @returns undefined if HEALTH_PORT is not set
 * @throws DomainError unavailable when the port is in use
 */
export async function startHealthServer(
  app: INestApplicationContext,
  settings: Settings,
): Promise<{ url: string; close: () => void } | undefined> {
  const { healthHost, healthPort } = settings;
  if (healthPort === undefined) return undefined;
  const checkSite = siteCheck(settings);
  const [health, exposition, access] = [app.get(HealthService), app.get(Exposition), app.get(Access)];

  const answers: Record<string, (request: IncomingMessage) => Promise<Answer>> = {
    '/livez': async () => json({ status: 'ok' }),
    '/readyz': async () => json({ status: 'ok', checks: await health.ready() }),
    '/metrics': async ({ headers, socket }) => {
      const caller = await access.admit(socket.remoteAddress ?? '', headers.authorization);
      authorize(caller, 'read');
      authorizeForAllStores(caller);
      return { type: EXPOSITION_TYPE, body: await exposition.text() };
    },
  };
  const answerTo = async (request: IncomingMessage): Promise<Answer> => {
    checkSite(request);
    const [path] = (request.url ?? '').split('?', 1);
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const answer = isRead && Object.hasOwn(answers, path) ? answers[path] : undefined;
    if (!answer) throw notFound('This port serves only GET /livez, /readyz and /metrics.');
    return answer(request);
  };

  const server = createServer((request, response) => {
    answerTo(request)
      .catch(problem)
      .then(
        (answer) => send(response, answer),
        () => response.destroy(),
      );
  });
  server.requestTimeout = REQUEST_MS;
  server.headersTimeout = REQUEST_MS;
  server.listen(healthPort, healthHost);
  await once(server, 'listening').catch((error: unknown) => {
    throw portError(error, 'HEALTH_PORT', healthPort);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${forUrl(healthHost)}:${port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

const json = (body: object): Answer => ({ type: 'application/json; charset=utf-8', body: JSON.stringify(body) });

/** The same problem document as over REST. */
function problem(thrown: unknown): Answer {
  const error = toDomainError(thrown);
  const body = toProblem(error);
  return {
    ...json(body),
    status: body.status,
    type: 'application/problem+json',
    headers: {
      ...(error.retryAfterSeconds !== undefined && { 'Retry-After': String(error.retryAfterSeconds) }),
      ...(error.code === 'unauthenticated' && { 'WWW-Authenticate': 'Bearer' }),
    },
  };
}

function send(response: ServerResponse, { status = 200, type, body, headers = {} }: Answer): void {
  response.writeHead(status, {
    ...headers,
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}
