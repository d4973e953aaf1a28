import type { IncomingMessage } from 'node:http';
import { Logger } from '@nestjs/common';
import type { RequestHandler } from 'express';
import { DomainError, quoteValue } from '#libs/errors.js';
import { SECOND_MS } from '#libs/instant/instant.js';
import type { Settings } from '../../platform/config/settings.js';
import { canonicalHost, hostOfAuthority, isLoopback, isWildcard } from '../../platform/config/host.js';

type SiteSettings = Pick<Settings, 'apiKeys' | 'httpHost' | 'healthHost' | 'allowedHosts' | 'publicUrl'>;

/** The page and Swagger without their data. Links on other sites may open them. */
const MAY_BE_LINKED_TO = /^\/(docs\/?|docs-json|docs-yaml)?(\?|$)/;

/** Values of Sec-Fetch-Site for requests from our own pages, and for typed addresses and bookmarks. */
const OWN_SITE = ['same-origin', 'none'];

/**
 * While API keys are off, anyone who reaches the port may do everything, and every page in a browser on the same machine can reach
 * it. So the Host must be one of this server's, which blocks DNS rebinding, and the request must not come from a page of another
 * site. With API keys this check is not needed: a browser does not send a key on its own.
 * @returns a function that logs a rejected request and throws DomainError permission_denied
 */
export function siteCheck(settings: SiteSettings): (request: IncomingMessage) => void {
  if (settings.apiKeys) return () => {};
  const hosts = ownHosts(settings);
  const logger = new Logger('Access');
  let nextLogMs = 0;
  return (request) => {
    const refusal = hostRefusal(request, hosts) ?? originRefusal(request, settings.publicUrl);
    if (refusal === undefined) return;
    // Logged once a second, so that a page cannot fill the log.
    if (performance.now() >= nextLogMs) {
      nextLogMs = performance.now() + SECOND_MS;
      logger.warn(`Rejected ${request.method} ${quoteValue(request.url)}: ${refusal}`);
    }
    throw new DomainError('permission_denied', refusal);
  };
}

/** Checks every REST request before anything else. */
export function ownSiteOnly(settings: SiteSettings): RequestHandler {
  const check = siteCheck(settings);
  return (request, _response, next) => {
    check(request);
    next();
  };
}

function ownHosts({ allowedHosts, httpHost, healthHost, publicUrl }: SiteSettings): ReadonlySet<string> {
  const listening = [httpHost, healthHost].filter((host) => !isWildcard(host)).map(canonicalHost);
  const ofPublicUrl = publicUrl === undefined ? undefined : hostOfAuthority(new URL(publicUrl).host);
  return new Set([...allowedHosts, ...listening, ofPublicUrl].filter((host) => host !== undefined));
}

/** Why the request's host is rejected; undefined if it is allowed. */
function hostRefusal(request: IncomingMessage, hosts: ReadonlySet<string>): string | undefined {
  const { host: given = [] } = request.headersDistinct;
  if (given.length !== 1) {
    const found = given.length === 0 ? 'no Host header' : `${given.length} Host headers`;
    return `The request has ${found}; it must have one, such as "Host: localhost:3000".`;
  }
  const isOurs = (authority: string): boolean => {
    const host = hostOfAuthority(authority);
    return host !== undefined && (isLoopback(host) || hosts.has(host) || host === addressOf(request));
  };
  if (!isOurs(given[0])) return notOurs('Host', given[0]);
  // RFC 9112, 3.2.2: a target in absolute form takes precedence over Host.
  const { url = '' } = request;
  if (url.startsWith('/') || url === '*') return undefined;
  const authority = /^https?:\/\/([^/?#]*)/i.exec(url)?.[1] ?? url;
  return isOurs(authority) ? undefined : notOurs('The host of the request target,', authority);
}

/** The local address of the connection. It is safe to allow: a DNS name never looks like an address. */
const addressOf = ({ socket }: IncomingMessage): string | undefined => canonicalHost(socket.localAddress ?? '');

const notOurs = (what: string, authority: string): string =>
  `${what} ${quoteValue(authority)} is not a host of this server. Without API keys it must be localhost, a loopback address, ` +
  'or the host of PUBLIC_URL; add other hosts to ALLOWED_HOSTS.';

/** Why the request is rejected as one from another site's page; undefined if it is allowed, or not from a browser. */
function originRefusal(
  { headers, method, url = '' }: IncomingMessage,
  publicUrl: string | undefined,
): string | undefined {
  const { origin, 'sec-fetch-site': site, 'sec-fetch-mode': mode, 'sec-fetch-dest': target } = headers;
  if (site !== undefined) {
    if (OWN_SITE.includes(site)) return undefined;
    const isLink = method === 'GET' && mode === 'navigate' && target === 'document';
    if (isLink && MAY_BE_LINKED_TO.test(url)) return undefined;
    return (
      `Sec-Fetch-Site ${quoteValue(site)} shows that a page of another site sent this request. Without API keys, only ` +
      "Storewatch's own pages may send requests. Open the address directly, or set API_KEYS=on and send a key from a program."
    );
  }
  // Old browsers do not send Sec-Fetch-Site. No browser sends it over plain HTTP, except to loopback.
  if (origin === undefined || isOwnOrigin(origin, headers.host, publicUrl)) return undefined;
  return (
    `Origin ${quoteValue(origin)} is not this server's own. Without API keys, only Storewatch's own pages may send requests. ` +
    'If users open Storewatch at that address, set PUBLIC_URL to it.'
  );
}

function isOwnOrigin(origin: string, host: string | undefined, publicUrl: string | undefined): boolean {
  const from = URL.parse(origin);
  if (from === null || !/^https?:$/.test(from.protocol)) return false;
  // The scheme is not compared, because it differs behind a TLS proxy. URL omits the default port of a scheme.
  const here = URL.parse(`${from.protocol}//${host}`);
  return from.host === here?.host || (publicUrl !== undefined && from.origin === new URL(publicUrl).origin);
}
