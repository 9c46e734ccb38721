import { createHash, createHmac } from 'node:crypto';

export type SigningCredentials = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };

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
  const time = `${new Date(now).toISOString().replace(/[:-]|\.\d{3}/g, '')}`;
  const scope = `${time.slice(0, 8)}/${region}/s3/aws4_request`;
  const headers = Object.entries({ ...request.headers, host })
    .map(([name, value]): [string, string] => [name.toLowerCase(), value.trim()])
    .sort(byName);
  const signedHeaders = headers.map(([name]) => name).join(';');
  const query = Object.entries({
    'X-Amz-Algorithm': ALGORITHM,
    'X-Amz-Credential': `${credentials.accessKeyId}/${scope}`,
    'X-Amz-Date': time,
    'X-Amz-Expires': String(expiresInSeconds),
    ...(credentials.sessionToken !== undefined && { 'X-Amz-Security-Token': credentials.sessionToken }),
    'X-Amz-SignedHeaders': signedHeaders,
  })
    .map(([name, value]): [string, string] => [escaped(name), escaped(value)])
    .sort(byName)
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
  const lines = headers.map(([name, value]) => `${name}:${value}\n`).join('');
  // The signature does not cover the body. The signed checksum header protects it.
  const canonical = [method, pathname, query, lines, signedHeaders, 'UNSIGNED-PAYLOAD'].join('\n');
  const hash = createHash('sha256').update(canonical).digest('hex');
  const toSign = [ALGORITHM, time, scope, hash].join('\n');
  const signature = hmac(signingKey(credentials.secretAccessKey, scope), toSign).toString('hex');
  return `${url}?${query}&X-Amz-Signature=${signature}`;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';

const byName = ([one]: [string, string], [other]: [string, string]): number => (one < other ? -1 : 1);

/** Escaped as RFC 3986 requires, which escapes more characters than `encodeURIComponent`. */
const escaped = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

function signingKey(secret: string, scope: string): Buffer {
  const [first = '', ...others] = scope.split('/');
  return others.reduce((key, part) => hmac(key, part), hmac(`AWS4${secret}`, first));
}
