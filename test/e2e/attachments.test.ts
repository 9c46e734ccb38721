import assert from 'node:assert/strict';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { createObserver } from '#test/faults/campaign/observer.ts';
import { customerOf } from '#test/support/api.ts';
import { type Deployment, type Outputs, openDeployment } from '#test/support/deployment.ts';
import { eventually } from '#test/support/eventually.ts';

type Upload = { url: string; method: string; headers: Record<string, string> };
type Received = { id: string; to: string[]; attachments: { name: string; size: number; sha256: string }[] };

const MB = 1024 * 1024;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const faultsIn = (json: Record<string, unknown>): string[] =>
  ((json.errors ?? []) as { path: string; code: string }[]).map(({ path, code }) => `${path} ${code}`);

describe('attachments', () => {
  let deployment: Deployment;
  let outputs: Outputs;
  let acme: ReturnType<typeof customerOf>;
  let globex: ReturnType<typeof customerOf>;
  before(async () => {
    deployment = await openDeployment();
    outputs = deployment.outputs;
    acme = customerOf(outputs);
    globex = customerOf(outputs, outputs.tokens.globex);
  });
  after(() => deployment.stop());

  const declare = (bytes: Uint8Array, more: Record<string, unknown> = {}, key: string = randomUUID()) => {
    const file = { name: 'invoice.pdf', contentType: 'application/pdf', size: bytes.length, sha256: sha256(bytes) };
    return acme.call('POST', '/attachments', { key, body: { ...file, ...more } });
  };
  const put = async (
    { url, method, headers }: Upload,
    bytes: Uint8Array,
  ): Promise<{ status: number; text: string }> => {
    const answer = await fetch(url, { method, headers, body: Buffer.from(bytes) });
    return { status: answer.status, text: await answer.text() };
  };
  const uploaded = async (bytes: Uint8Array, more: Record<string, unknown> = {}): Promise<string> => {
    const { status, text, json } = await declare(bytes, more);
    assert.equal(status, 201, text);
    const sent = await put(json.upload as Upload, bytes);
    assert.equal(sent.status, 200, sent.text);
    return json.attachmentId as string;
  };
  let people = 0;
  const recipient = (): string => {
    people += 1;
    return `success+attached-${process.pid}-${people}@simulator.amazonses.com`;
  };
  const send = (attachments: string[], more: Record<string, unknown> = {}, key: string = randomUUID(), by = acme) =>
    by.call('POST', '/notifications', {
      key,
      body: { channel: 'email', to: [recipient()], subject: 'Invoice', text: 'See attached.', attachments, ...more },
    });
  /** Skips what can be observed only on a local stage. */
  const isLocal = (t: TestContext): boolean => {
    if (outputs.inboxUrl === undefined) t.skip('The e-mails and files of a deployed stage cannot be read.');
    return outputs.inboxUrl !== undefined;
  };
  const received = (to: string): Promise<Received> =>
    eventually(
      `mail to ${to}`,
      async () => {
        const mails = (await (await fetch(`${outputs.inboxUrl}/emails`)).json()) as Received[];
        return mails.find((mail) => mail.to.includes(to));
      },
      60_000,
    );
  const credentials = { accessKeyId: 'operator', secretAccessKey: 'operator' };
  const at = (endpoint: string) => ({ endpoint, region: 'eu-central-1', credentials });
  const objects = async (): Promise<string[]> => {
    const s3 = new S3Client({ ...at(outputs.endpoints.s3), forcePathStyle: true });
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: outputs.attachmentsBucket }));
    s3.destroy();
    return Contents.map(({ Key = '' }) => Key);
  };
  const isStored = async (id: string): Promise<boolean> => (await objects()).some((name) => name.endsWith(`/${id}`));
  const gone = (id: string): Promise<boolean> => eventually(`${id} is deleted`, async () => !(await isStored(id)));

  it('arrive byte-identical, are deleted afterwards, and leave their bytes nowhere else', async (t) => {
    if (!isLocal(t)) return;
    const observer = createObserver();
    await observer.listen(outputs);
    t.after(() => observer.stop());
    // Aligned, so that the base64 of the file contains the base64 of this part.
    const mark = randomBytes(48);
    const bytes = Buffer.concat([mark, randomBytes(10 * MB)]);
    const id = await uploaded(bytes, { name: 'Rechnung März.pdf' });
    const to = recipient();
    const sent = await send([id], { to: [to] });
    assert.equal(sent.status, 202, sent.text);
    const { id: mailId, attachments } = await received(to);
    assert.deepEqual(
      attachments.map(({ name, size, sha256: hash }) => ({ name, size, hash })),
      [{ name: 'Rechnung März.pdf', size: bytes.length, hash: sha256(bytes) }],
    );
    const shown = await fetch(`${outputs.inboxUrl}/emails/${mailId}/attachments/0`);
    assert.equal(sha256(new Uint8Array(await shown.arrayBuffer())), sha256(bytes));
    await gone(id);

    const traces = [mark.toString('base64'), mark.toString('hex'), mark.toString('latin1')];
    const dynamo = new DynamoDBClient(at(outputs.endpoints.dynamodb));
    for await (const { Items = [] } of paginateScan({ client: dynamo }, { TableName: outputs.tableName })) {
      const texts = Items.map((item) =>
        JSON.stringify(item, (_, value) =>
          value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
        ),
      );
      assert.deepEqual(
        texts.filter((text) => traces.some((trace) => text.includes(trace))),
        [],
      );
    }
    dynamo.destroy();
    // Our queues receive messages only from the topic and from the provider’s events, which contain no bytes.
    const heard = await eventually('the messages about it', async () => {
      const bodies = [...observer.observed.keys()];
      return (
        bodies.some((body) => body.includes('sent.v1')) && bodies.some((body) => body.includes('released.v1')) && bodies
      );
    });
    for (const body of heard) {
      assert.ok(!traces.some((trace) => body.includes(trace)), body);
      assert.ok(body.length < 2000, `${body.length} characters`);
    }
    for (const file of readdirSync(outputs.logsFolder)) {
      const text = readFileSync(join(outputs.logsFolder, file), 'latin1');
      assert.ok(!traces.some((trace) => text.includes(trace)), file);
    }
  });

  it('are deleted after the second message if two messages share them', async (t) => {
    if (!isLocal(t)) return;
    const bytes = randomBytes(1000);
    const id = await uploaded(bytes);
    const [first, second] = [recipient(), recipient()];
    const sendAt = new Date(Date.now() + 8000).toISOString();
    assert.equal((await send([id], { to: [second], sendAt })).status, 202);
    assert.equal((await send([id], { to: [first] })).status, 202);
    await received(first);
    assert.equal(await isStored(id), true);
    const { attachments } = await received(second);
    assert.equal(attachments[0]?.sha256, sha256(bytes));
    await gone(id);
    const late = await send([id]);
    assert.deepEqual([late.status, faultsIn(late.json)], [409, ['/attachments/0 ATTACHMENT_GONE']]);
  });

  it('are sent or refused, never omitted, if a message names them during their deletion', async (t) => {
    if (!isLocal(t)) return;
    for (let round = 0; round < 5; round += 1) {
      const bytes = randomBytes(100);
      const id = await uploaded(bytes);
      const first = recipient();
      assert.equal((await send([id], { to: [first] })).status, 202);
      const others = Array.from({ length: 6 }, recipient);
      // Spread over the time in which the first message is sent and releases the file.
      const answers = await Promise.all(
        others.map(async (to, index) => {
          await eventually('its turn', async () => (await fetch(`${outputs.inboxUrl}/emails`)).ok && index >= 0);
          return { to, ...(await send([id], { to: [to] })) };
        }),
      );
      for (const { to, status, json } of answers) {
        if (status === 202) assert.equal((await received(to)).attachments[0]?.sha256, sha256(bytes));
        else assert.deepEqual([status, faultsIn(json)], [409, ['/attachments/0 ATTACHMENT_GONE']]);
      }
      await gone(id);
    }
  });

  it('are refused with the command if they are missing, incomplete, or another tenant’s', async () => {
    const unfinished = (await declare(randomBytes(10))).json.attachmentId as string;
    const mine = await uploaded(randomBytes(10));
    const unknown = 'a'.repeat(26);
    const refused = await send([unfinished, unknown, mine]);
    assert.deepEqual(
      [refused.status, refused.json.code, faultsIn(refused.json)],
      [409, 'ATTACHMENTS_REFUSED', ['/attachments/0 ATTACHMENT_NOT_UPLOADED', '/attachments/1 ATTACHMENT_NOT_FOUND']],
    );
    const foreign = await send([mine], {}, randomUUID(), globex);
    assert.deepEqual([foreign.status, faultsIn(foreign.json)], [409, ['/attachments/0 ATTACHMENT_NOT_FOUND']]);
  });

  it('cannot differ from their declaration', async (t) => {
    const bytes = randomBytes(2000);
    const { json } = await declare(bytes);
    const upload = json.upload as Upload;
    const other = Buffer.from(bytes);
    other[0] = (other[0] ?? 0) ^ 1;
    const wrong = await put(upload, other);
    assert.deepEqual([wrong.status, /<Code>(\w+)</.exec(wrong.text)?.[1]], [400, 'BadDigest']);
    const tooLong = await put(upload, Buffer.concat([bytes, bytes]));
    assert.deepEqual([tooLong.status, /<Code>(\w+)</.exec(tooLong.text)?.[1]], [403, 'SignatureDoesNotMatch']);
    const otherType = await put({ ...upload, headers: { ...upload.headers, 'content-type': 'text/html' } }, bytes);
    assert.equal(otherType.status, 403);
    const otherSum = {
      ...upload.headers,
      'x-amz-checksum-sha256': createHash('sha256').update(other).digest('base64'),
    };
    assert.equal((await put({ ...upload, headers: otherSum }, other)).status, 403);
    const elsewhere = upload.url.replace(json.attachmentId as string, 'b'.repeat(26));
    assert.equal((await put({ ...upload, url: elsewhere }, bytes)).status, 403);
    assert.equal((await fetch(upload.url)).status, 403);
    if (isLocal(t)) assert.equal(await isStored(json.attachmentId as string), false);
    assert.equal((await put(upload, bytes)).status, 200);
  });

  it('have one id for each key, and a new upload request each time', async () => {
    const [bytes, key] = [randomBytes(10), randomUUID()];
    const first = await declare(bytes, {}, key);
    const again = await declare(bytes, {}, key);
    assert.deepEqual([first.status, again.status], [201, 201]);
    assert.equal(again.json.attachmentId, first.json.attachmentId);
    assert.equal(again.headers.get('idempotency-replayed'), 'true');
    assert.equal((await put(again.json.upload as Upload, bytes)).status, 200);
    assert.equal((await declare(randomBytes(10), {}, key)).status, 422);
    const scoped = await acme.call('POST', '/attachments', {
      key,
      body: {},
      headers: { authorization: 'Bearer none' },
    });
    assert.equal(scoped.status, 401);
  });

  it('are declared, or refused with every fault at once', async () => {
    const bad = await acme.call('POST', '/attachments', {
      key: randomUUID(),
      body: { name: '../x\n.exe', contentType: 'pdf\r\nBcc: x', size: 28 * MB + 1, sha256: 'zz', path: '/' },
    });
    assert.equal(bad.status, 400, bad.text);
    assert.deepEqual(faultsIn(bad.json).sort(), [
      '/contentType CONTENT_TYPE_INVALID',
      '/name FILE_NAME_INVALID',
      '/name FILE_TYPE_REFUSED',
      '/name UNPRINTABLE_CHARACTERS',
      '/path UNKNOWN_FIELD',
      '/sha256 SHA256_INVALID',
      '/size TOO_LARGE',
    ]);
    const empty = await acme.call('POST', '/attachments', { key: randomUUID(), body: { name: ' ', size: 0 } });
    assert.deepEqual(faultsIn(empty.json).sort(), [
      '/contentType REQUIRED',
      '/name BLANK',
      '/sha256 REQUIRED',
      '/size TOO_SMALL',
    ]);
  });
});
