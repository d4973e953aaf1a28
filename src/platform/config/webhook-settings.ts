import ipaddr from 'ipaddr.js';
import { text } from './setting.js';

const SECRET_BYTES = { min: 24, max: 64 };

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme */
export const webhookSecret = text((given) => {
  const match = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(given);
  const bytes = match ? Buffer.from(match[1], 'base64').length : 0;
  return bytes >= SECRET_BYTES.min && bytes <= SECRET_BYTES.max ? given : undefined;
}, 'must be whsec_ and 24 to 64 random bytes in base64, as in: echo whsec_$(openssl rand -base64 32)');

/** `10.0.0.0/8,fd00::/8` */
export const networks = text((given): readonly string[] | undefined => {
  const list = given.split(',').map((network) => network.trim());
  return list.every((network) => ipaddr.isValidCIDR(network)) ? list : undefined;
}, 'must be networks such as 10.0.0.0/8,fd00::/8');
