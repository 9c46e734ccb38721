import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Envelope } from '#shared/messaging/envelope.ts';
import { causationIdOf } from '#shared/notification/cause.ts';
import { requestNotification } from '#shared/notification/request.ts';
import { envelopesFor } from '#shared/once/envelopes.ts';
import { httpEvent } from '#test/support/http-event.ts';
import { TERMS } from '#test/support/requested.ts';
import { createWorld, keyOfNotification } from '#test/support/world/world.ts';

describe('the cause of a notification', () => {
  it('is the event that led to it, by the id of its message', async () => {
    const { place, messages, notification } = createWorld();
    const lines = [{ sku: 'MUG-01', description: 'Mug', quantity: 1, unitPrice: 1 }];
    const { notificationId } = await place({ lines });
    const placed = messages()
      .map((text) => JSON.parse(text) as Envelope)
      .find(({ type }) => type === 'counterfoil.order.placed.v1');
    assert.equal(causationIdOf(keyOfNotification(notificationId), await notification(notificationId)), placed?.id);
  });

  it('is the command of a direct notification, because there is no event', async () => {
    const { commands, store } = createWorld();
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'key-1' };
    const body = JSON.stringify({ channel: 'sms', to: ['+4366012345678'], text: 'Hello' });
    await commands(httpEvent({ routeKey: 'POST /notifications', tenant: 'acme', headers, body }));
    const [{ commandId, subject } = assert.fail()] = [...store.outbox.values()];
    const [{ stored } = assert.fail()] = await store.listOf(subject);
    assert.equal(causationIdOf(subject, stored.state), commandId);
  });

  it('is the first message of a change that does not say otherwise', () => {
    const key = { tenant: 'acme', type: 'example', id: 'e1' };
    const context = { key, now: 0, version: 12, correlationId: 'c', commandId: 'http#c' };
    const { messages, rows } = requestNotification({
      context: { ...context, terms: TERMS },
      position: 1,
      channel: 'sms',
      purpose: 'example',
      content: { recipients: ['+4366012345678'], locale: 'en', template: 'example', data: {} },
    });
    const all = [{ type: 'counterfoil.example.done.v1', data: {} }, ...messages];
    const [first] = envelopesFor(all, { ...context, metadata: { correlationId: 'c', causationId: 'http#c' } });
    const [row] = rows;
    const state = row?.kind === 'state' ? row.stored.state : assert.fail();
    assert.equal(causationIdOf(key, state as { requestedBy: string; causePosition: number }), first?.id);
  });

  it('is not known of a row that an earlier release wrote', () => {
    assert.equal(causationIdOf({ tenant: 'acme', type: 'order', id: 'o1' }, { requestedBy: 'http#c' }), undefined);
  });
});
