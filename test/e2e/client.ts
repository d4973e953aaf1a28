import createClient, { type Client } from 'openapi-fetch';
import type { components, paths } from '../../openapi.js';
import type { Storewatch } from './server.js';

/** A client as anyone has it from openapi.json: what is sent and what comes is checked by the compiler. */
export type RestClient = Client<paths>;
export type Schemas = components['schemas'];

export const restClient = ({ http }: Pick<Storewatch, 'http'>): RestClient => createClient<paths>({ baseUrl: http });

/** What was answered. @throws when it was an error */
export function answered<T>({ data, error }: { data?: T; error?: unknown }): T {
  if (data === undefined) throw new Error(`It was refused: ${JSON.stringify(error)}`);
  return data;
}
