import createClient, { type Client } from 'openapi-fetch';
import type { components, paths } from '../../openapi.js';
import type { Storewatch } from './server.js';

/** The client that any user can generate from openapi.json. The compiler checks requests and responses. */
export type RestClient = Client<paths>;
export type Schemas = components['schemas'];

export const restClient = ({ http }: Pick<Storewatch, 'http'>): RestClient => createClient<paths>({ baseUrl: http });

/** The body of a successful response. @throws on an error */
export function answered<T>({ data, error }: { data?: T; error?: unknown }): T {
  if (data === undefined) throw new Error(`The server returned an error: ${JSON.stringify(error)}`);
  return data;
}
