import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Outputs } from '#test/support/deployment.ts';
import { eventually } from '#test/support/eventually.ts';
import type { openLocal } from '#test/support/local.ts';

const BYTES = Buffer.from('the bytes of a lost invoice');

type Local = Pick<Awaited<ReturnType<typeof openLocal>>, 'acme' | 'control'> & { cloud: { outputs: Outputs } };

/** An e-mail that failed because its file was deleted from the bucket after the message was accepted. */
export async function failedWithLostFile({ acme, cloud, control }: Local, to: string) {
  const file = { name: 'lost.pdf', contentType: 'application/pdf', size: BYTES.length };
  const sha256 = createHash('sha256').update(BYTES).digest('hex');
  const declared = await acme.call('POST', '/attachments', { key: `lost ${to}`, body: { ...file, sha256 } });
  const { attachmentId, upload } = declared.json as {
    attachmentId: string;
    upload: { url: string; method: string; headers: Record<string, string> };
  };
  const { url, method, headers } = upload;
  assert.equal((await fetch(url, { method, headers, body: BYTES })).status, 200);
  await control.pause('send-email');
  const message = { channel: 'email', to: [to], subject: 'Invoice', text: 'Attached.', attachments: [attachmentId] };
  const answer = await acme.call('POST', '/notifications', { key: `message ${to}`, body: message });
  assert.equal(answer.status, 202, answer.text);
  const { endpoints, attachmentsBucket: Bucket } = cloud.outputs;
  const credentials = { accessKeyId: 'operator', secretAccessKey: 'operator' };
  const s3 = new S3Client({ endpoint: endpoints.s3, region: 'eu-central-1', credentials, forcePathStyle: true });
  const Key = `attachments/acme/${attachmentId}`;
  await s3.send(new DeleteObjectCommand({ Bucket, Key }));
  await control.resume('send-email');
  const { notificationId } = answer.json;
  const isNow = (status: string) =>
    eventually(`the e-mail is ${status}`, async () => {
      const { json } = await acme.call('GET', `/notifications/${notificationId}`);
      return json.status === status && json;
    });
  await isNow('FAILED');
  return {
    isNow,
    /** Stores the file again, as an operator would from a copy. */
    async putBack(): Promise<void> {
      await s3.send(new PutObjectCommand({ Bucket, Key, Body: BYTES, ContentType: file.contentType }));
      s3.destroy();
    },
  };
}
