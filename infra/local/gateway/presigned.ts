import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { s3Refusal } from '../aws/answers.ts';
import type { Answer } from '../base/http.ts';

/** The keys under which a request was signed. */
export type SigningKeys = { secretAccessKey: string; sessionToken: string };

/** Whether the query of a request contains its signature. */
export const isPresigned = (url = ''): boolean => /[?&]X-Amz-(Signature|Credential)=/.test(url);

/**
 * Why S3 refuses a presigned request before it reads the body: there is no signature, the key is unknown, the signature
 * is wrong, the request has expired, or the request differs from the one that was signed. A signed content length
 * cannot be exceeded.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 * @param keys the secrets of the access key in the query; undefined when there is no such key.
 */
export function presignedRefusal(
  incoming: IncomingMessage,
  keys: SigningKeys | undefined,
  now: number,
): Answer | undefined {
  const { searchParams } = new URL(incoming.url ?? '/', 'http://gateway');
  const query = (name: string): string => searchParams.get(`X-Amz-${name}`) ?? '';
  const missing = REQUIRED.filter((name) => query(name) === '');
  if (missing.length > 0) {
    const names = missing.map((name) => `X-Amz-${name}`).join(', ');
    return s3Refusal(400, 'AuthorizationQueryParametersError', `Query-string authentication needs ${names}.`);
  }
  if (!keys)
    return s3Refusal(403, 'InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.');
  if (query('Security-Token') !== keys.sessionToken)
    return s3Refusal(400, 'InvalidToken', 'The provided token is malformed or otherwise invalid.');
  const signedAt = Date.parse(query('Date').replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  const expiresSeconds = Number(query('Expires'));
  if (!(expiresSeconds >= 1 && expiresSeconds <= 604_800) || Number.isNaN(signedAt))
    return s3Refusal(400, 'AuthorizationQueryParametersError', 'X-Amz-Expires must be between 1 and 604800 seconds.');
  if (now >= signedAt + expiresSeconds * 1000) return s3Refusal(403, 'AccessDenied', 'Request has expired');
  const unsigned = unsignedHeaders(incoming, query('SignedHeaders').split(';'));
  if (unsigned.length > 0)
    return s3Refusal(
      403,
      'AccessDenied',
      `There were headers present in the request which were not signed: ${unsigned}`,
    );
  const expected = Buffer.from(signatureOf(incoming, query, keys.secretAccessKey));
  const given = Buffer.from(query('Signature'));
  if (expected.length === given.length && timingSafeEqual(expected, given)) return undefined;
  const text =
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.';
  return s3Refusal(403, 'SignatureDoesNotMatch', text);
}

const REQUIRED = ['Algorithm', 'Credential', 'Date', 'Expires', 'SignedHeaders', 'Signature'];

/** S3's own headers must be signed. Otherwise an intermediary could add one. */
const unsignedHeaders = ({ headers }: IncomingMessage, signed: readonly string[]): string[] =>
  Object.keys(headers).filter((name) => name.startsWith('x-amz-') && !signed.includes(name));

function signatureOf(incoming: IncomingMessage, query: (name: string) => string, secret: string): string {
  const { pathname, search } = new URL(incoming.url ?? '/', 'http://gateway');
  const signedHeaders = query('SignedHeaders');
  const headers = signedHeaders
    .split(';')
    .map((name) => `${name}:${String(incoming.headers[name] ?? '').trim()}\n`)
    .join('');
  // Names and values as received: another escaping has another signature.
  const parameters = search
    .slice(1)
    .split('&')
    .filter((parameter) => !parameter.startsWith('X-Amz-Signature='))
    .sort()
    .join('&');
  const canonical = [incoming.method, pathname, parameters, headers, signedHeaders, 'UNSIGNED-PAYLOAD'].join('\n');
  const scope = query('Credential').split('/').slice(1);
  const hash = createHash('sha256').update(canonical).digest('hex');
  const toSign = [query('Algorithm'), query('Date'), scope.join('/'), hash].join('\n');
  let key: string | Buffer = `AWS4${secret}`;
  for (const part of scope) key = createHmac('sha256', key).update(part).digest();
  return createHmac('sha256', key).update(toSign).digest('hex');
}

/** Why S3 does not store a body: its checksum differs from the one in the request. */
export function checksumRefusal({ headers }: IncomingMessage, body: Buffer): Answer | undefined {
  const declared = headers['x-amz-checksum-sha256'];
  if (declared === undefined || createHash('sha256').update(body).digest('base64') === declared) return undefined;
  return s3Refusal(400, 'BadDigest', 'The SHA256 you specified did not match the calculated checksum.');
}
