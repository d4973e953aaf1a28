import ipaddr from 'ipaddr.js';
import { z } from 'zod';

const SECRET_BYTES = { least: 24, most: 64 };

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme */
const secret = z.string().refine((text) => {
  const match = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text);
  const bytes = match ? Buffer.from(match[1], 'base64').length : 0;
  return bytes >= SECRET_BYTES.least && bytes <= SECRET_BYTES.most;
}, 'must be whsec_ and 24 to 64 random bytes in base64, as in: echo whsec_$(openssl rand -base64 32)');

/** `10.0.0.0/8,fd00::/8` */
const networks = z.string().transform((text, context) => {
  const list = text.split(',').map((network) => network.trim());
  if (list.every((network) => ipaddr.isValidCIDR(network))) return list;
  context.addIssue({ code: 'custom', message: 'must be networks such as 10.0.0.0/8,fd00::/8' });
  return z.NEVER;
});

/** Calls on completion of a report, docs/webhooks.md. */
export const webhooks = {
  WEBHOOK_SECRET: secret
    .optional()
    .describe('Signs webhooks, `whsec_...`; without it no report may name one. Never shown.'),
  WEBHOOK_ALLOW_PRIVATE: networks
    .optional()
    .describe('Networks that webhooks may reach although they are not public, such as `10.0.0.0/8,127.0.0.0/8`.'),
  WEBHOOK_ALLOW_HTTP: z.enum(['on', 'off']).default('off').describe('Whether webhooks may go to `http://` as well.'),
};
