import { generate } from 'selfsigned';

/** PEM. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** A certificate for this machine or another one, signed by a CA or by itself. */
export async function certificate(name: string, by?: Pair, host?: string): Promise<Pair> {
  const here = [
    { type: 2 as const, value: 'localhost' },
    { type: 7 as const, ip: '127.0.0.1' },
  ];
  const altNames = host === undefined ? here : [{ type: 2 as const, value: host }];
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: by === undefined },
      { name: 'subjectAltName', altNames },
    ],
    ...(by && { ca: by }),
  });
  return { cert, key };
}
