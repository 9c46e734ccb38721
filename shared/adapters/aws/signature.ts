import { createHash, createHmac } from 'node:crypto';

/**
 * Signature Version 4 of AWS.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export const ALGORITHM = 'AWS4-HMAC-SHA256';

export type SigningCredentials = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };

/** When and for what a request is signed. */
export type Signing = { time: string; scope: string };

/** @param now epoch milliseconds. */
export function signingAt(now: number, region: string, service: string): Signing {
  const time = new Date(now).toISOString().replace(/[:-]|\.\d{3}/g, '');
  return { time, scope: `${time.slice(0, 8)}/${region}/${service}/aws4_request` };
}

/** Headers in the order and form in which they are signed. */
export function signedForm(headers: Readonly<Record<string, string>>): { names: string; lines: string } {
  const sorted = Object.entries(headers)
    .map(([name, value]): [string, string] => [name.toLowerCase(), value.trim()])
    .sort(byName);
  return {
    names: sorted.map(([name]) => name).join(';'),
    lines: sorted.map(([name, value]) => `${name}:${value}\n`).join(''),
  };
}

export const byName = ([one]: [string, string], [other]: [string, string]): number => (one < other ? -1 : 1);

/** @param canonical the canonical request. */
export function signatureOf(canonical: string, { time, scope }: Signing, secretAccessKey: string): string {
  const toSign = [ALGORITHM, time, scope, sha256(canonical)].join('\n');
  return hmac(signingKey(secretAccessKey, scope), toSign).toString('hex');
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

function signingKey(secret: string, scope: string): Buffer {
  const [first = '', ...others] = scope.split('/');
  return others.reduce((key, part) => hmac(key, part), hmac(`AWS4${secret}`, first));
}
