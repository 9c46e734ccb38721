import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { SESv2Client, type SESv2ClientConfig, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { bundle } from '#infra/bundle.ts';

type Send = (config: SESv2ClientConfig) => Promise<unknown>;
type Request = { headers: Record<string, string>; hostname: string; path: string };

const MAIL = {
  FromEmailAddress: 'orders@shop.example',
  Destination: { ToAddresses: ['ada@example.com'] },
  Content: { Simple: { Subject: { Data: 'Hello' }, Body: { Text: { Data: 'Hello.' } } } },
};

/** The signed request that a client would send now. */
async function signed(send: Send): Promise<Record<string, unknown>> {
  let request: Request | undefined;
  const handle = async (given: Request) => {
    request = given;
    return { response: { statusCode: 200, headers: {}, body: Buffer.from('{}') } };
  };
  await send({
    region: 'eu-central-1',
    credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'token' },
    // A client that sends one request uses only `handle` of a handler.
    requestHandler: { handle } as unknown as NonNullable<SESv2ClientConfig['requestHandler']>,
  });
  const { headers = {}, hostname, path } = request ?? {};
  const { authorization, 'x-amz-security-token': token, 'x-amz-content-sha256': sha256 } = headers;
  return { authorization, token, sha256, hostname, path };
}

describe('a client without multi-region signing', () => {
  it('signs requests in its bundle like outside of it', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'counterfoil-region-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    // The id of the call is also signed.
    t.mock.method(globalThis.crypto, 'randomUUID', () => '00000000-0000-4000-8000-000000000000');
    t.mock.timers.enable({ apis: ['Date'], now: Date.UTC(2026, 0, 31) });
    const source = join(folder, 'sends.ts');
    const client = import.meta.resolve('@aws-sdk/client-sesv2');
    writeFileSync(
      source,
      `import { SendEmailCommand, SESv2Client } from ${JSON.stringify(new URL(client).pathname)};
       export const send = (config) => new SESv2Client(config).send(new SendEmailCommand(${JSON.stringify(MAIL)}));`,
    );
    await bundle(source, folder);
    const { send } = (await import(pathToFileURL(join(folder, 'sends.mjs')).href)) as { send: Send };
    const plain: Send = (config) => new SESv2Client(config).send(new SendEmailCommand(MAIL));
    const [bundled, unbundled] = [await signed(send), await signed(plain)];
    assert.match(String(bundled.authorization), /^AWS4-HMAC-SHA256 Credential=AKID\/20260131\/eu-central-1\/ses\//);
    assert.deepEqual(bundled, unbundled);
  });
});
