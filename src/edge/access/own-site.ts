import type { IncomingMessage } from 'node:http';
import { Logger } from '@nestjs/common';
import type { RequestHandler } from 'express';
import { DomainError, quoteValue } from '#libs/errors.js';
import { SECOND_MS } from '#libs/instant/instant.js';
import type { Settings } from '../../platform/config/settings.js';
import { canonicalHost, hostOfAuthority, isLoopback, isWildcard } from '../../platform/config/host.js';

type SiteSettings = Pick<Settings, 'apiKeys' | 'httpHost' | 'healthHost' | 'allowedHosts' | 'publicUrl'>;

/** The page and Swagger without their data, which people may open from a link on any site. */
const MAY_BE_LINKED_TO = /^\/(docs\/?|docs-json|docs-yaml)?(\?|$)/;

/** How Sec-Fetch-Site calls requests of our own pages, and those of the user's own: a typed address, a bookmark. */
const OWN_SITE = ['same-origin', 'none'];

/**
 * While API keys are off, whoever reaches the port may do everything, and a browser on the same machine reaches it for every
 * page that it shows. So a request must name a host of ours, which one that came by DNS rebinding does not, and must not come
 * from a page of another site. With API keys this is not needed: no browser sends a key by itself.
 * @returns throws DomainError permission_denied for a request that is not let in, and logs it
 */
export function siteCheck(settings: SiteSettings): (request: IncomingMessage) => void {
  if (settings.apiKeys) return () => {};
  const hosts = ownHosts(settings);
  const logger = new Logger('Access');
  let silentUntilMs = 0;
  return (request) => {
    const refusal = hostRefusal(request, hosts) ?? originRefusal(request, settings.publicUrl);
    if (refusal === undefined) return;
    // Once a second, so that no page can fill the log.
    if (performance.now() >= silentUntilMs) {
      silentUntilMs = performance.now() + SECOND_MS;
      logger.warn(`Refused ${request.method} ${quoteValue(request.url)}: ${refusal}`);
    }
    throw new DomainError('permission_denied', refusal);
  };
}

/** The check of every request over REST, before anything of it is looked at. */
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

/** Why the host that a request names is not ours; undefined: it is. */
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
  // RFC 9112, 3.2.2: a target in absolute form counts instead of Host.
  const { url = '' } = request;
  if (url.startsWith('/') || url === '*') return undefined;
  const authority = /^https?:\/\/([^/?#]*)/i.exec(url)?.[1] ?? url;
  return isOurs(authority) ? undefined : notOurs('The host of the request target,', authority);
}

/** The address that the connection came to. No DNS name is written like an address, so this one is safe to be called by. */
const addressOf = ({ socket }: IncomingMessage): string | undefined => canonicalHost(socket.localAddress ?? '');

const notOurs = (what: string, authority: string): string =>
  `${what} ${quoteValue(authority)} is not a host of this server. Without API keys it must be localhost, a loopback address, ` +
  'or the host of PUBLIC_URL; add other hosts to ALLOWED_HOSTS.';

/** Why a request is that of another site's page; undefined: it is not, or no browser sent it. */
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
      `Sec-Fetch-Site ${quoteValue(site)} says that a page of another site sent this request. Without API keys only ` +
      "Storewatch's own pages are answered; open the address by itself, or set API_KEYS=on and send a key from a program."
    );
  }
  // Browsers that do not send Sec-Fetch-Site, and all of them where neither HTTPS nor loopback is used.
  if (origin === undefined || isOwnOrigin(origin, headers.host, publicUrl)) return undefined;
  return (
    `Origin ${quoteValue(origin)} is not this server's own. Without API keys only Storewatch's own pages are answered; ` +
    'if people open Storewatch at that address, set PUBLIC_URL to it.'
  );
}

function isOwnOrigin(origin: string, host: string | undefined, publicUrl: string | undefined): boolean {
  const from = URL.parse(origin);
  if (from === null || !/^https?:$/.test(from.protocol)) return false;
  // The scheme is not compared: behind a proxy with TLS it is another one here. URL leaves out the scheme's own port.
  const here = URL.parse(`${from.protocol}//${host}`);
  return from.host === here?.host || (publicUrl !== undefined && from.origin === new URL(publicUrl).origin);
}
