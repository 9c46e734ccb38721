import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as v from 'valibot';
import { notificationDetailsSchema } from '#shared/message-log/responses.ts';
import type { Notification } from '#shared/notification/notification.ts';
import { envelopeId } from '#shared/once/envelopes.ts';
import { bodyOf } from '#test/support/http-event.ts';
import { SENDER_ADDRESS } from '#test/support/world/api.ts';
import { at, logInMemory, put } from './logged.ts';

describe('GET /notifications/{notificationId}', () => {
  it('shows attempts, content, resolutions, durations, and a timeline in the order of time', async () => {
    const { store, show } = logInMemory();
    const sender = { name: 'Acme Shop', replyTo: 'help@shop.example' };
    const rendered = { channel: 'email', subject: 'Thank you', text: 'Text', html: '<p>Text</p>', sender };
    const key = await put(
      store,
      {
        createdAt: at(0),
        sentAt: at(40),
        providerMessageId: 'provider-2',
        attempts: [
          { nonce: 'never shown 1', claimedAt: at(2), outcome: 'unknown', settledAt: at(4), reason: 'TimeoutError' },
          {
            nonce: 'never shown 2',
            claimedAt: at(30),
            outcome: 'accepted',
            settledAt: at(40),
            providerMessageId: 'provider-2',
          },
        ],
        resolutions: [{ action: 'resend', by: 'ada', reason: 'Nothing came', at: at(20) }],
        causePosition: 2,
      },
      { content: { rendered } },
    );
    await store.markPublished(key, 'http#c', at(1));
    await store.recordOutcomes(key, [
      { position: 0, kind: 'DELIVERED', at: at(50) },
      { position: 0, kind: 'DELAYED', at: at(45), code: 'Throttled' },
      { kind: 'OPENED', at: at(60) },
    ]);
    const response = await show(key.notificationId);
    const details = bodyOf(response);
    assert.equal(response.headers['cache-control'], 'no-store');
    assert.deepEqual(v.parse(notificationDetailsSchema, details), details);
    assert.ok(!response.body.includes('never shown'));
    assert.deepEqual(details, {
      notificationId: key.notificationId,
      channel: 'email',
      purpose: 'order-confirmation',
      causationId: envelopeId(key, 'http#c', 2),
      status: 'SENT',
      createdAt: at(0),
      publishedAt: at(1),
      sentAt: at(40),
      providerMessageId: 'provider-2',
      orderId: key.id,
      correlationId: 'c',
      recipients: [{ address: 'ada@example.com', outcome: 'DELIVERED', at: at(50) }],
      attempts: [
        { claimedAt: at(2), outcome: 'unknown', settledAt: at(4), reason: 'TimeoutError' },
        { claimedAt: at(30), outcome: 'accepted', settledAt: at(40), providerMessageId: 'provider-2' },
      ],
      resolutions: [{ action: 'resend', by: 'ada', reason: 'Nothing came', at: at(20) }],
      content: {
        headers: [
          { name: 'From', value: `Acme Shop <${SENDER_ADDRESS}>` },
          { name: 'Reply-To', value: 'help@shop.example' },
          { name: 'Auto-Submitted', value: 'auto-generated' },
        ],
        ...{ subject: 'Thank you', text: 'Text', html: '<p>Text</p>' },
      },
      durations: {
        acceptedToPublishedMs: 1000,
        publishedToClaimedMs: 1000,
        claimedToSentMs: 38_000,
        sentToDeliveredMs: 10_000,
      },
      timeline: [
        { at: at(0), kind: 'accepted' },
        { at: at(1), kind: 'published' },
        { at: at(2), kind: 'claimed', attempt: 1 },
        { at: at(4), kind: 'unknown', attempt: 1, code: 'TimeoutError' },
        { at: at(20), kind: 'resolved', action: 'resend', by: 'ada', reason: 'Nothing came' },
        { at: at(30), kind: 'claimed', attempt: 2 },
        { at: at(40), kind: 'sent', attempt: 2 },
        { at: at(45), kind: 'feedback', outcome: 'DELAYED', recipient: 0, code: 'Throttled' },
        { at: at(50), kind: 'feedback', outcome: 'DELIVERED', recipient: 0 },
        { at: at(60), kind: 'feedback', outcome: 'OPENED' },
      ],
    });
  });

  it('shows a direct message with its attachments, and counts durations from sendAt', async () => {
    const { store, show } = logInMemory();
    const file = { attachmentId: 'a', name: 'invoice.pdf', contentType: 'application/pdf', size: 3, sha256: 'ff' };
    const message = { channel: 'email', subject: 'Invoice', text: 'Attached.', attachments: [file] };
    const attempts = [{ nonce: 'n', claimedAt: at(601) }];
    const key = await put(
      store,
      { createdAt: at(0), sendAt: at(600), status: 'SENDING', nonce: 'n', leaseUntil: 1, attempts },
      { content: { template: 'direct', message } },
    );
    await store.markPublished(key, 'http#c', at(602));
    const details = bodyOf(await show(key.notificationId));
    const headers = [{ name: 'From', value: SENDER_ADDRESS }];
    assert.deepEqual(details.content, { headers, subject: 'Invoice', text: 'Attached.', attachments: [file] });
    assert.deepEqual(details.durations, { acceptedToPublishedMs: 2000, publishedToClaimedMs: 0 });
  });

  it('quotes a sender’s name that could be read as another address', async () => {
    const { store, show } = logInMemory();
    const sender = { name: 'Acme "Shop" <evil@example.com>, Inc.' };
    const rendered = { channel: 'email', subject: 'Thank you', text: 'Text', sender };
    const key = await put(store, { createdAt: at(0) }, { content: { rendered } });
    const { content } = bodyOf<{ content: { headers: object[] } }>(await show(key.notificationId));
    const from = { name: 'From', value: `"Acme \\"Shop\\" <evil@example.com>, Inc." <${SENDER_ADDRESS}>` };
    assert.deepEqual(content.headers[0], from);
  });

  it('shows a text message, and nothing of what was erased', async () => {
    const { store, show } = logInMemory();
    const sms = await put(
      store,
      { createdAt: at(0), channel: 'sms' },
      {
        addresses: ['+4366012345678'],
        content: { template: 'direct', message: { channel: 'sms', body: 'Hello', segments: 1 } },
      },
    );
    assert.deepEqual(bodyOf(await show(sms.notificationId)).content, { text: 'Hello', segments: 1 });
    const erased = await put(store, { createdAt: at(0) }, { content: { recipients: [], template: 'erased' } });
    const details = bodyOf(await show(erased.notificationId));
    assert.deepEqual([details.content, details.recipients], [undefined, [{ outcome: 'SENT' }]]);
  });

  for (const [status, fields, entry] of [
    ['SUPPRESSED', { suppressedAt: at(3) }, { at: at(3), kind: 'suppressed' }],
    ['CANCELLED', { cancelledAt: at(3) }, { at: at(3), kind: 'cancelled' }],
    ['HELD', { heldAt: at(3), reason: 'FEED_SILENT' }, { at: at(3), kind: 'held', code: 'FEED_SILENT' }],
  ] as const) {
    it(`shows when it became ${status}`, async () => {
      const { store, show } = logInMemory();
      const key = await put(store, { createdAt: at(0), status, ...fields } as Notification);
      const details = bodyOf<{ timeline: object[] }>(await show(key.notificationId));
      assert.deepEqual(details.timeline, [{ at: at(0), kind: 'accepted' }, entry]);
    });
  }

  it('answers 404 for an unknown notification, another tenant’s, and an invalid id', async () => {
    const { store, show } = logInMemory();
    const key = await put(store, { createdAt: at(0) });
    for (const [id, tenant] of [
      [key.notificationId, 'globex'],
      [`${key.notificationId}0`, 'acme'],
      ['x', 'acme'],
      ['order_a#b_1-1', 'acme'],
    ] as const) {
      const response = await show(id, tenant);
      assert.deepEqual([response.statusCode, bodyOf(response).code], [404, 'NOTIFICATION_NOT_FOUND'], id);
    }
  });
});
