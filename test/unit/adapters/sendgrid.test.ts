import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { sendGridProvider } from '#shared/adapters/aws/providers/sendgrid/provider.ts';
import type { OutgoingMessage } from '#shared/delivery/provider.ts';

const MESSAGE: OutgoingMessage = {
  tenant: 'acme',
  notificationId: 'order_o1_1-1',
  attemptNonce: 'nonce-1',
  recipients: ['ada@example.com', 'bea@example.com'],
  rendered: { channel: 'email', subject: 'Your order', html: '<p>Grüße</p>', text: 'Grüße' },
};

type Posted = { authorization: string | undefined; body: Record<string, unknown> };

/** Sends messages to a service with these answers, and returns what the service got. */
async function sent(
  messages: OutgoingMessage[],
  answers: { status: number; headers?: Record<string, string>; body?: string }[],
  keys: string[] = ['SG.key'],
) {
  const posted: Posted[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { status, headers = {}, body = '' } = answers[posted.length] ?? assert.fail('one call too many');
      posted.push({ authorization: request.headers.authorization, body: JSON.parse(Buffer.concat(chunks).toString()) });
      response.writeHead(status, headers).end(body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const opened = keys.values();
  const provider = sendGridProvider({
    sender: 'orders@shop.example',
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stage: 'staging',
    openKey: () => {
      const key = opened.next().value;
      return async () => key ?? assert.fail('The key is read too often.');
    },
    timeoutMs: 20_000,
  });
  try {
    const outcomes = [];
    for (const message of messages) outcomes.push(await provider.send(message));
    return { outcomes, posted };
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

const ACCEPTED = { status: 202, headers: { 'x-message-id': 'euo2iKxdSayPF4YE4--I7A' } };

describe('SendGrid: the request', () => {
  it('has both parts, all recipients, the ids of the attempt, and no tracking', async () => {
    const { outcomes, posted } = await sent([MESSAGE], [ACCEPTED]);
    assert.deepEqual(outcomes, [{ kind: 'accepted', providerMessageId: 'euo2iKxdSayPF4YE4--I7A' }]);
    assert.deepEqual(posted, [
      {
        authorization: 'Bearer SG.key',
        body: {
          from: { email: 'orders@shop.example' },
          personalizations: [{ to: [{ email: 'ada@example.com' }, { email: 'bea@example.com' }] }],
          subject: 'Your order',
          content: [
            { type: 'text/plain', value: 'Grüße' },
            { type: 'text/html', value: '<p>Grüße</p>' },
          ],
          custom_args: {
            counterfoil_stage: 'staging',
            counterfoil_tenant: 'acme',
            counterfoil_notification: 'order_o1_1-1',
            counterfoil_attempt: 'nonce-1',
          },
          tracking_settings: {
            click_tracking: { enable: false, enable_text: false },
            open_tracking: { enable: false },
            subscription_tracking: { enable: false },
          },
        },
      },
    ]);
  });

  it('has the name and the address for answers that the tenant has set', async () => {
    assert.ok(MESSAGE.rendered.channel === 'email');
    const named = { ...MESSAGE.rendered, sender: { name: 'Acme\nBüro', replyTo: 'help@acme.example' } };
    const { posted } = await sent([{ ...MESSAGE, rendered: named }], [ACCEPTED]);
    assert.deepEqual(posted[0]?.body.from, { email: 'orders@shop.example', name: 'Acme Büro' });
    assert.deepEqual(posted[0]?.body.reply_to, { email: 'help@acme.example' });
  });

  it('says that an automatic message is one (RFC 3834), and has the bytes of files', async () => {
    const bytes = Buffer.from([0, 255, 1]);
    const file = {
      name: 'a.bin',
      contentType: 'application/octet-stream',
      bytes,
      sha256: '',
      size: 3,
      attachmentId: 'a',
    };
    const { posted } = await sent([{ ...MESSAGE, isAutomatic: true, attachments: [file] }], [ACCEPTED]);
    assert.deepEqual(posted[0]?.body.headers, { 'Auto-Submitted': 'auto-generated' });
    assert.deepEqual(posted[0]?.body.attachments, [
      { filename: 'a.bin', type: 'application/octet-stream', disposition: 'attachment', content: 'AP8B' },
    ]);
  });
});

describe('SendGrid: the answer', () => {
  it('is an acceptance only with 202 and the id of the message', async () => {
    for (const answer of [{ status: 202 }, { ...ACCEPTED, status: 200 }, { ...ACCEPTED, status: 302 }]) {
      const { outcomes } = await sent([MESSAGE], [answer]);
      assert.equal(outcomes[0]?.kind, 'unknown', String(answer.status));
    }
  });

  it('makes the key be read again after it was refused, so that a rotation needs no deployment', async () => {
    const refused = { status: 401, body: JSON.stringify({ errors: [{ message: 'revoked', field: null }] }) };
    const { outcomes, posted } = await sent([MESSAGE, MESSAGE, MESSAGE], [refused, ACCEPTED, ACCEPTED], ['old', 'new']);
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      ['deferred', 'accepted', 'accepted'],
    );
    assert.deepEqual(
      posted.map(({ authorization }) => authorization),
      ['Bearer old', 'Bearer new', 'Bearer new'],
    );
  });

  it('is not awaited if the key cannot be read: nothing was sent', async () => {
    const provider = sendGridProvider({
      sender: 'orders@shop.example',
      url: 'http://127.0.0.1:9',
      stage: 'local',
      openKey: () => async () => {
        throw Object.assign(new Error('no'), { name: 'AccessDeniedException' });
      },
      timeoutMs: 1000,
    });
    assert.deepEqual(await provider.send(MESSAGE), {
      kind: 'deferred',
      reason: 'PROVIDER_UNREACHABLE',
      providerCode: 'AccessDeniedException',
    });
  });
});
