import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Scope } from '#bench/scope.js';

/** Names that the browser resolves to 127.0.0.1, as after DNS rebinding. */
export const REBOUND = ['evil.test', 'localhost.evil.test', '127.0.0.1.nip.io'] as const;

/**
 * Without the second flag, Chromium itself blocks some requests of a page to loopback. Other browsers do not, and this
 * tests the server.
 */
export const HOSTILE_ARGS = [
  `--host-resolver-rules=${REBOUND.map((name) => `MAP ${name} 127.0.0.1`).join(',')}`,
  '--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests,HttpsUpgrades',
];

export const HOSTILE_PAGE = '<!doctype html><title>Free vouchers</title>';

/** The web server of another site. @returns its port */
export async function startHostileSite(scope: Scope): Promise<number> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html' }).end(HOSTILE_PAGE);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  scope.defer(async () => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

const text = (value: string): string => JSON.stringify(value);

/** Resolves when an element has loaded or failed. */
const element = (tag: string, attributes: string): string => `new Promise((done) => {
  const element = Object.assign(document.createElement('${tag}'), ${attributes});
  element.onload = () => done('loaded');
  element.onerror = () => done('');
  document.body.append(element);
})`;

let frames = 0;

/** Submits a form into an iframe, which a page can do without user action. */
const form = (path: string, enctype: string, name: string, value = ''): string => `new Promise((done) => {
  const frame = Object.assign(document.createElement('iframe'), { name: 'sink${frames++}' });
  const form = Object.assign(document.createElement('form'), {
    action: target + '${path}', method: 'post', enctype: '${enctype}', target: frame.name });
  form.append(Object.assign(document.createElement('textarea'), { name: ${text(name)}, value: ${text(value)} }));
  document.body.append(frame, form);
  form.submit();
  frame.onload = () => done('');
})`;

const send = (path: string, init: string): string =>
  `fetch(target + '${path}', ${init}).then((answer) => (answer.ok ? answer.text() : ''))`;

/** The text of an opened window or frame, if the browser shows it to the page that opened it. */
const shown = (frame: string): string => `new Promise((done) => {
  const frame = ${frame};
  setTimeout(() => {
    try {
      const text = frame.document.body.innerText;
      done(/permission_denied/.test(text) ? '' : text);
    } catch {
      done('');
    }
    if (frame.close) frame.close();
  }, 1000);
})`;

const CSV = 'store_id,status,timestamp_utc\nforged,active,2026-01-12 15:14:00 UTC\n';
const ZONES = 'store_id,timezone_str\nforged,Asia/Tokyo\n';
const POLLS = '{"polls":[{"store_id":"forged","status":"active","timestamp_utc":"2026-01-12T15:14:00Z"}]}';

/**
 * What a page tries against `target`, as JavaScript expressions. Each resolves to what it has read, '' for nothing. It
 * throws if the browser blocks it or the server rejects it.
 */
export const ATTACKS: Readonly<Record<string, string>> = {
  'fetch reads': send('/v1/stores', '{}'),
  'fetch reads without CORS': send('/v1/stores', `{ mode: 'no-cors' }`),
  'fetch reads metrics': send('/metrics', `{ credentials: 'include' }`),
  'XMLHttpRequest reads': `new Promise((done) => {
    const request = new XMLHttpRequest();
    request.open('GET', target + '/v1/fleet/summary');
    request.onload = () => done(request.status === 200 ? request.responseText : '');
    request.onerror = () => done('');
    request.send();
  })`,
  'EventSource listens': `new Promise((done) => {
    const source = new EventSource(target + '/v1/fleet/events');
    source.onopen = () => done('open');
    source.onerror = () => (source.close(), done(''));
  })`,
  'WebSocket opens': `new Promise((done) => {
    const socket = new WebSocket(target.replace('http', 'ws') + '/v1/fleet/events');
    socket.onopen = () => done('open');
    socket.onerror = () => done('');
  })`,
  'a script is included': element('script', `{ src: target + '/v1/timezones' }`),
  'a script of Swagger UI is included': element('script', `{ src: target + '/docs/swagger-ui-init.js' }`),
  'an image is included': element('img', `{ src: target + '/icon.svg' }`),
  'a style sheet is included': element('link', `{ rel: 'stylesheet', href: target + '/docs/swagger-ui.css' }`),
  'a frame shows data': shown(
    `document.body.appendChild(Object.assign(document.createElement('iframe'), { src: target + '/v1/stores' })).contentWindow`,
  ),
  'a window shows data': shown(`open(target + '/v1/stores')`),
  'a text/plain form sends a file': form('/v1/imports/store_status', 'text/plain', CSV),
  'a form sends a file': form('/v1/imports/store_status', 'application/x-www-form-urlencoded', 'file', CSV),
  'a multipart form sends a file': form('/v1/imports/store_timezones', 'multipart/form-data', 'file', ZONES),
  'a form creates a report': form('/trigger_report', 'application/x-www-form-urlencoded', 'basis', 'all'),
  'a text/plain form creates a report': form('/v1/reports', 'text/plain', '{"basis": "all", "x": "', '"}'),
  'fetch sends a file as text': send(
    '/v1/imports/store_status',
    `{ method: 'POST', mode: 'no-cors', body: ${text(CSV)} }`,
  ),
  'fetch sends a file without a type': send(
    '/v1/imports/store_status',
    `{ method: 'POST', mode: 'no-cors', body: new Blob([${text(CSV)}]) }`,
  ),
  'fetch sends a file as CSV': send(
    '/v1/imports/store_status',
    `{ method: 'POST', headers: { 'Content-Type': 'text/csv' }, body: ${text(CSV)} }`,
  ),
  'fetch sends polls': send(
    '/v1/polls',
    `{ method: 'POST', headers: { 'Content-Type': 'application/json' }, body: ${text(POLLS)} }`,
  ),
  'fetch creates a report': send('/trigger_report', `{ method: 'POST', mode: 'no-cors' }`),
  'fetch sets a zone': send(
    '/v1/stores/forged/timezone',
    `{ method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: '{"timezone": "Asia/Tokyo"}' }`,
  ),
  'fetch removes the schedule': send('/v1/schedules/nightly', `{ method: 'DELETE' }`),
  'a beacon creates a report': `(navigator.sendBeacon(target + '/trigger_report'), '')`,
  'a beacon sends a file': `(navigator.sendBeacon(target + '/v1/imports/store_status', new Blob([${text(CSV)}], { type: 'text/plain' })), '')`,
};
