import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it, type TestContext } from 'node:test';
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

const EXPLICIT = { credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'token' } };
/** The variables in which Lambda passes the same credentials. */
const VARIABLES = { AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SESSION_TOKEN: 'token' };

/** The signed request that a client would send now. */
async function signed(send: Send, config: SESv2ClientConfig = EXPLICIT): Promise<Record<string, unknown>> {
  let request: Request | undefined;
  const handle = async (given: Request) => {
    request = given;
    return { response: { statusCode: 200, headers: {}, body: Buffer.from('{}') } };
  };
  await send({
    region: 'eu-central-1',
    ...config,
    // A client that sends one request uses only `handle` of a handler.
    requestHandler: { handle } as unknown as NonNullable<SESv2ClientConfig['requestHandler']>,
  });
  const { headers = {}, hostname, path } = request ?? {};
  const { authorization, 'x-amz-security-token': token, 'x-amz-content-sha256': sha256 } = headers;
  return { authorization, token, sha256, hostname, path };
}

describe('a client in a bundle', () => {
  const folder = mkdtempSync(join(tmpdir(), 'counterfoil-region-'));
  const plain: Send = (config) => new SESv2Client(config).send(new SendEmailCommand(MAIL));
  let bundled: Send;
  before(async () => {
    const source = join(folder, 'sends.ts');
    const client = import.meta.resolve('@aws-sdk/client-sesv2');
    writeFileSync(
      source,
      `import { SendEmailCommand, SESv2Client } from ${JSON.stringify(new URL(client).pathname)};
       export const send = (config) => new SESv2Client(config).send(new SendEmailCommand(${JSON.stringify(MAIL)}));`,
    );
    await bundle(source, folder);
    bundled = ((await import(pathToFileURL(join(folder, 'sends.mjs')).href)) as { send: Send }).send;
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  beforeEach((t) => {
    // The id of the call is also signed.
    (t as TestContext).mock.method(globalThis.crypto, 'randomUUID', () => '00000000-0000-4000-8000-000000000000');
    (t as TestContext).mock.timers.enable({ apis: ['Date'], now: Date.UTC(2026, 0, 31) });
  });

  it('signs requests without multi-region signing like outside of it', async () => {
    const [inside, outside] = [await signed(bundled), await signed(plain)];
    assert.match(String(inside.authorization), /^AWS4-HMAC-SHA256 Credential=AKID\/20260131\/eu-central-1\/ses\//);
    assert.deepEqual(inside, outside);
  });

  it('takes its credentials from the variables of the function, like outside of it', async (t) => {
    t.after(setVariables(VARIABLES));
    const explicit = await signed(plain);
    assert.deepEqual([await signed(bundled, {}), await signed(plain, {})], [explicit, explicit]);
  });
});

/** @returns what restores the former values. */
function setVariables(variables: Record<string, string>): () => void {
  const before = Object.keys(variables).map((name): [string, string | undefined] => [name, process.env[name]]);
  Object.assign(process.env, variables);
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
}
