import { ALGORITHM, byName, type SigningCredentials, signatureOf, signedForm, signingAt } from '../signature.ts';

export type RequestToSign = {
  method: string;
  /** Without a query. Its path must already be escaped in the form that is sent. */
  url: string;
  /** The signature covers names and values, so the user of the URL has to send exactly these headers. */
  headers: Readonly<Record<string, string>>;
  region: string;
  credentials: SigningCredentials;
  /** Epoch milliseconds. */
  now: number;
  /** At most seven days. A URL that was signed with temporary credentials expires with them at the latest. */
  expiresInSeconds: number;
};

/**
 * A presigned URL of S3 (Signature Version 4, in the query). The presigner of the SDK is not used: it leaves
 * `content-type` unsigned and moves checksums from the headers into the query, but both headers must be signed here.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
export function presignedUrl(request: RequestToSign): string {
  const { method, url, credentials, region, now, expiresInSeconds } = request;
  const { host, pathname } = new URL(url);
  const signing = signingAt(now, region, 's3');
  const { names, lines } = signedForm({ ...request.headers, host });
  const query = Object.entries({
    'X-Amz-Algorithm': ALGORITHM,
    'X-Amz-Credential': `${credentials.accessKeyId}/${signing.scope}`,
    'X-Amz-Date': signing.time,
    'X-Amz-Expires': String(expiresInSeconds),
    ...(credentials.sessionToken !== undefined && { 'X-Amz-Security-Token': credentials.sessionToken }),
    'X-Amz-SignedHeaders': names,
  })
    .map(([name, value]): [string, string] => [escaped(name), escaped(value)])
    .sort(byName)
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
  // The signature does not cover the body. The signed checksum header protects it.
  const canonical = [method, pathname, query, lines, names, 'UNSIGNED-PAYLOAD'].join('\n');
  return `${url}?${query}&X-Amz-Signature=${signatureOf(canonical, signing, credentials.secretAccessKey)}`;
}

/** Escaped as RFC 3986 requires, which escapes more characters than `encodeURIComponent`. */
const escaped = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
