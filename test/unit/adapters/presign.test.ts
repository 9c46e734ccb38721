import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { presignedUrl } from '#shared/adapters/aws/s3/presign.ts';
import { bucketUrlOf, s3Uploads } from '#shared/adapters/aws/s3/s3-attachments.ts';

describe('a presigned URL', () => {
  it('is the one of the example in the documentation of S3', () => {
    const url = presignedUrl({
      method: 'GET',
      url: 'https://examplebucket.s3.amazonaws.com/test.txt',
      headers: {},
      region: 'us-east-1',
      credentials: {
        accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
        secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      },
      now: Date.UTC(2013, 4, 24),
      expiresInSeconds: 86_400,
    });
    assert.equal(
      url,
      'https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256' +
        '&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request' +
        '&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host' +
        '&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
    );
  });

  it('of an upload signs length, type and checksum, and names where the bucket is', async () => {
    const bucket = { bucket: 'files', host: 'files.s3.eu-central-1.amazonaws.com' };
    const uploads = s3Uploads({
      bucketUrl: bucketUrlOf(bucket, {}),
      region: 'eu-central-1',
      credentials: async () => ({ accessKeyId: 'ASIA1', secretAccessKey: 'secret', sessionToken: 'a+b/c=' }),
    });
    const { url, method, headers } = await uploads.uploadRequest(
      { tenant: 'acme', attachmentId: 'file1' },
      { contentType: 'application/pdf', size: 3, sha256: '00ff'.repeat(16) },
      { now: Date.UTC(2026, 0, 1), expiresInSeconds: 900 },
    );
    const { origin, pathname, searchParams } = new URL(url);
    assert.deepEqual([method, origin, pathname], ['PUT', `https://${bucket.host}`, '/attachments/acme/file1']);
    assert.equal(searchParams.get('X-Amz-SignedHeaders'), 'content-length;content-type;host;x-amz-checksum-sha256');
    assert.equal(searchParams.get('X-Amz-Security-Token'), 'a+b/c=');
    assert.equal(searchParams.get('X-Amz-Expires'), '900');
    assert.deepEqual(headers, {
      'content-type': 'application/pdf',
      'x-amz-checksum-sha256': 'AP8A/wD/AP8A/wD/AP8A/wD/AP8A/wD/AP8A/wD/AP8=',
    });
    assert.equal(bucketUrlOf(bucket, { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' }), 'http://127.0.0.1:1/files');
  });
});
