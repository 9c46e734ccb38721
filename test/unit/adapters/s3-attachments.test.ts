import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { s3Attachments } from '#shared/adapters/aws/s3/s3-attachments.ts';
import { StoreUnavailable } from '#shared/once/ports.ts';
import { startHttpService } from '#test/support/http-service.ts';

Object.assign(process.env, { AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });
const address = { tenant: 'acme', attachmentId: 'a1' };

/** What reading an attachment comes to when S3 answers with this error. */
async function readingWith(status: number, code: string): Promise<unknown> {
  const service = await startHttpService((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/xml' });
    response.end(`<Error><Code>${code}</Code><Message>about a1</Message></Error>`);
  });
  // An address, not a name: the bucket then stands in the path.
  process.env.AWS_ENDPOINT_URL_S3 = service.url;
  try {
    return await s3Attachments({ bucket: 'attachments', timeoutMs: 20_000 }).read(address);
  } finally {
    delete process.env.AWS_ENDPOINT_URL_S3;
    await service.close();
  }
}

describe('An attachment in S3', () => {
  for (const [status, code] of [
    [403, 'AccessDenied'],
    [403, 'AllAccessDisabled'],
    [403, 'InvalidAccessKeyId'],
    [403, 'InvalidObjectState'],
    [403, 'SignatureDoesNotMatch'],
    [400, 'ExpiredToken'],
    [400, 'KMS.DisabledException'],
    [404, 'NoSuchBucket'],
    [503, 'SlowDown'],
    [500, 'InternalError'],
  ] as const) {
    it(`is waited for: ${code}`, async () => {
      await assert.rejects(readingWith(status, code), StoreUnavailable);
    });
  }

  it('is missing only if S3 answers so', async () => {
    assert.equal(await readingWith(404, 'NoSuchKey'), undefined);
  });
});
