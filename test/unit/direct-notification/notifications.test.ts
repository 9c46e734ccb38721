import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as v from 'valibot';
import { sendNotificationSchema } from '#shared/direct-notification/requests.ts';
import { notificationAnswerSchema } from '#shared/direct-notification/responses.ts';
import type { Problem } from '#shared/http/problem.ts';
import { NOTIFICATION_MESSAGE, NOTIFICATION_REQUESTED } from '#shared/names.ts';
import type { DirectContent } from '#shared/notification/content.ts';
import type { Notification } from '#shared/notification/notification.ts';
import { notificationKey } from '#shared/notification/notification-id.ts';
import { resolutionAnswerSchema } from '#shared/notification/responses.ts';
import { recipientKey } from '#shared/recipient/recipient-key.ts';
import { bodyOf, httpEvent } from '#test/support/http-event.ts';
import { createWorld } from '#test/support/world/world.ts';

const EMAIL = { channel: 'email', to: ['ada@example.com'], subject: 'Hello', text: 'Hello, Ada.' };
const TEXT = { channel: 'sms', to: ['+4366012345678'], text: 'Hello, Ada.' };
const DAY_MS = 86_400_000;

type Sent = { notificationId: string; status: string; notifications: { notificationId: string }[] };

function world() {
  const api = createWorld();
  const post = (routeKey: string, key: string, body: unknown, more: Parameters<typeof httpEvent>[0] | object = {}) =>
    api.commands(
      httpEvent({
        routeKey,
        tenant: 'acme',
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify(body),
        ...more,
      }),
    );
  const send = (key: string, body: unknown) => post('POST /notifications', key, body);
  const resolve = (notificationId: string, key: string, action: string, tenant = 'acme') =>
    post(
      'POST /notifications/{notificationId}/resolve',
      key,
      { action, reason: 'Because of a call' },
      { pathParameters: { notificationId }, tenant },
    );
  const stored = async (notificationId: string, tenant = 'acme') => {
    const key = notificationKey(tenant, notificationId);
    const found = key && (await api.store.readWithContent(key));
    return found && { notification: found.stored.state, content: found.content as DirectContent };
  };
  const announced = (): string[] => api.messages().map((text) => JSON.parse(text).type);
  return { ...api, post, send, resolve, stored, announced };
}

const codesOf = (problem: Problem): string[] => (problem.errors ?? []).map(({ path, code }) => `${path} ${code}`);

describe('asking for a message directly', () => {
  it('is accepted with one notification for all recipients of an e-mail', async () => {
    const { send, stored, announced } = world();
    const to = Array.from({ length: 50 }, (_, index) => `someone-${index}@example.com`);
    const response = await send('one', { ...EMAIL, to, html: '<p>Hello.</p>' });
    assert.equal(response.statusCode, 202);
    const answer = bodyOf<Sent>(response);
    assert.deepEqual(v.parse(notificationAnswerSchema, answer), answer);
    assert.equal(response.headers.location, `/notifications/${answer.notificationId}`);
    assert.equal(answer.notifications.length, 1);
    const found = await stored(answer.notificationId);
    assert.deepEqual(found?.content.recipients, to);
    assert.deepEqual(found?.content.message, {
      channel: 'email',
      subject: 'Hello',
      text: 'Hello, Ada.',
      html: '<p>Hello.</p>',
    });
    const keyOf = recipientKey('key of the tests');
    assert.deepEqual(
      found?.notification.recipients,
      to.map((address) => keyOf('acme', 'email', address)),
    );
    assert.deepEqual(announced(), [NOTIFICATION_REQUESTED]);
  });

  it('makes a notification of its own for each number', async () => {
    const { send, stored } = world();
    const to = Array.from({ length: 49 }, (_, index) => `+43660123456${String(index).padStart(2, '0')}`);
    const { notifications } = bodyOf<Sent>(await send('texts', { ...TEXT, to }));
    const recipients = await Promise.all(notifications.map(async ({ notificationId }) => stored(notificationId)));
    assert.deepEqual(
      recipients.flatMap((found) => found?.content.recipients),
      to,
    );
  });

  it('answers a repetition as the first time, and makes nothing twice', async () => {
    const { send, store } = world();
    const [first, again] = [await send('same', EMAIL), await send('same', EMAIL)];
    assert.equal(again.body, first.body);
    assert.equal(again.statusCode, 202);
    assert.equal(again.headers['idempotency-replayed'], 'true');
    assert.equal((await send('same', { ...EMAIL, text: 'Other words.' })).statusCode, 422);
    assert.equal(store.outbox.size, 1);
  });

  it('waits for its moment without a message, and is due then', async () => {
    const { send, stored, announced, clock } = world();
    const sendAt = new Date(clock.now() + 30 * DAY_MS).toISOString();
    const { notificationId } = bodyOf<Sent>(await send('later', { ...EMAIL, sendAt }));
    const found = await stored(notificationId);
    assert.ok(found?.notification.status === 'PENDING');
    assert.equal(found.notification.dueAt, Date.parse(sendAt));
    assert.equal(found.notification.notBefore, Date.parse(sendAt));
    assert.deepEqual(announced(), []);
    const past = bodyOf<Sent>(await send('past', { ...EMAIL, sendAt: '2020-01-01T00:00:00+02:00' }));
    assert.deepEqual(announced(), [NOTIFICATION_REQUESTED]);
    assert.equal(past.status, 'PENDING');
  });

  it('refuses what cannot be sent, with every fault, and writes nothing', async () => {
    const { send, store, clock } = world();
    const refused = async (body: unknown): Promise<string[]> => {
      const response = await send(`refused-${Math.abs(clock.now())}`, body);
      assert.equal(response.statusCode, 400, JSON.stringify(body));
      return codesOf(bodyOf<Problem>(response));
    };
    const many = Array.from({ length: 51 }, (_, index) => `someone-${index}@example.com`);
    assert.deepEqual(await refused({ ...EMAIL, to: many, subject: 'a\r\nBcc: eve@example.com', colour: 'red' }), [
      '/to TOO_MANY',
      '/subject UNPRINTABLE_CHARACTERS',
      '/colour UNKNOWN_FIELD',
    ]);
    assert.deepEqual(await refused({ channel: 'email', to: [], subject: 'x'.repeat(256), html: '<p>Only.</p>' }), [
      '/to TOO_SMALL',
      '/subject TOO_LONG',
      '/text TEXT_REQUIRED',
    ]);
    const { text: _, ...withoutText } = EMAIL;
    const attachments = Array.from({ length: 21 }, () => 'a'.repeat(26));
    assert.deepEqual(await refused({ ...withoutText, attachments, sendAt: '1969-02-30T00:00:00Z' }), [
      '/attachments TOO_MANY',
      '/sendAt TIMESTAMP_INVALID',
      '/text TEXT_REQUIRED',
    ]);
    assert.deepEqual(await refused({ ...EMAIL, to: ['ada@example.com', 'ADA@example.com', 'no address'], text: ' ' }), [
      '/to/2 EMAIL_INVALID',
      '/to DUPLICATE_ENTRIES',
      '/text BLANK',
    ]);
    assert.deepEqual(await refused({ ...EMAIL, to: [1, null, 'ada@example.com'] }), [
      '/to/0 WRONG_TYPE',
      '/to/1 WRONG_TYPE',
    ]);
    assert.deepEqual(await refused({ ...TEXT, to: ['066012345678'], subject: 'None' }), [
      '/to/0 PHONE_INVALID',
      '/subject UNKNOWN_FIELD',
    ]);
    assert.deepEqual(await refused({ ...EMAIL, sendAt: new Date(clock.now() + 31 * DAY_MS).toISOString() }), [
      '/sendAt TOO_FAR_AHEAD',
    ]);
    assert.deepEqual(await refused({ ...EMAIL, sendAt: 'tomorrow' }), ['/sendAt TIMESTAMP_INVALID']);
    assert.equal((await refused({ channel: 'fax', to: ['1'] })).length, 1);
    assert.equal(store.outbox.size, 0);
  });

  it('reports how many parts a long text message would have', async () => {
    const { send } = world();
    assert.equal((await send('fits', { ...TEXT, text: 'x'.repeat(1530) })).statusCode, 202);
    const { errors = [] } = bodyOf<Problem>(await send('too-long', { ...TEXT, to: ['1'], text: 'x'.repeat(1531) }));
    assert.deepEqual(
      errors.map(({ path, code }) => `${path} ${code}`),
      ['/to/0 PHONE_INVALID', '/text TOO_MANY_SEGMENTS'],
    );
    assert.match(errors[1]?.message ?? '', /11 parts\. The limit is 10/);
  });

  it('gives an example that is accepted', async () => {
    assert.ok(
      (
        await v.safeParseAsync(
          sendNotificationSchema(() => 0),
          EMAIL,
        )
      ).success,
    );
  });
});

describe('deciding about a notification', () => {
  const HELD = (notification: Notification): Notification => ({
    ...notification,
    status: 'HELD',
    reason: 'UNKNOWN_AGAIN',
    heldAt: '2026-01-01T00:00:00.000Z',
  });

  it('sends it again, with who decided and why', async () => {
    const { send, resolve, stored, announced, change } = world();
    const { notificationId } = bodyOf<Sent>(await send('message', EMAIL));
    await change(notificationId, HELD);
    const response = await resolve(notificationId, 'again', 'resend');
    assert.equal(response.statusCode, 200);
    const answer = bodyOf(response);
    assert.deepEqual(v.parse(resolutionAnswerSchema, answer), answer);
    const found = await stored(notificationId);
    assert.equal(found?.notification.status, 'PENDING');
    assert.deepEqual(
      found?.notification.resolutions?.map(({ action, by, reason }) => [action, by, reason]),
      [['resend', 'unknown', 'Because of a call']],
    );
    assert.deepEqual(announced(), [NOTIFICATION_REQUESTED, NOTIFICATION_REQUESTED]);
  });

  it('marks it as sent, or cancels it', async () => {
    const { send, resolve, stored, announced, change } = world();
    for (const [action, status] of [
      ['mark-sent', 'SENT'],
      ['cancel', 'CANCELLED'],
    ] as const) {
      const { notificationId } = bodyOf<Sent>(await send(action, EMAIL));
      await change(notificationId, HELD);
      assert.equal((await resolve(notificationId, `decide-${action}`, action)).statusCode, 200);
      assert.equal((await stored(notificationId))?.notification.status, status);
    }
    assert.ok(announced().includes(NOTIFICATION_MESSAGE.sent));
    assert.ok(announced().includes(NOTIFICATION_MESSAGE.cancelled));
  });

  it('accepts the decision of one of two people, and tells the other whose it was', async () => {
    const { send, resolve, change, stored } = world();
    const { notificationId } = bodyOf<Sent>(await send('message', EMAIL));
    await change(notificationId, HELD);
    const answers = await Promise.all([
      resolve(notificationId, 'one', 'resend'),
      resolve(notificationId, 'other', 'cancel'),
    ]);
    assert.deepEqual(answers.map(({ statusCode }) => statusCode).sort(), [200, 409]);
    const problem = bodyOf<Problem>(answers.find(({ statusCode }) => statusCode === 409) ?? assert.fail());
    assert.equal(problem.code, 'NOTIFICATION_NOT_RESOLVABLE');
    assert.match(problem.detail, /unknown decided on (resend|cancel) at /);
    assert.equal((await stored(notificationId))?.notification.resolutions?.length, 1);
  });

  it('cancels what is not sent yet, and refuses what is sent, what is unknown, and what is another tenant\u2019s', async () => {
    const { send, resolve, change } = world();
    const { notificationId } = bodyOf<Sent>(await send('message', EMAIL));
    assert.equal((await resolve(notificationId, 'too-early', 'resend')).statusCode, 409);
    assert.equal((await resolve(notificationId, 'theirs', 'cancel', 'globex')).statusCode, 404);
    assert.equal((await resolve(`${notificationId}9`, 'none', 'cancel')).statusCode, 404);
    assert.equal((await resolve('no-id', 'no-id', 'cancel')).statusCode, 404);
    assert.equal((await resolve(notificationId, 'cancel', 'cancel')).statusCode, 200);
    await change(notificationId, (notification) => ({
      ...notification,
      status: 'SENT',
      sentAt: '2026-01-01T00:00:00.000Z',
    }));
    assert.equal((await resolve(notificationId, 'too-late', 'cancel')).statusCode, 409);
    assert.equal((await resolve(notificationId, 'nonsense', 'burn')).statusCode, 400);
  });
});

describe('suppressing a recipient by hand', () => {
  const request = { channel: 'email', address: 'Ada@Example.com' };
  const lifting = (commands: ReturnType<typeof world>['commands'], query: Record<string, string>) => {
    const event = httpEvent({ routeKey: 'DELETE /suppressions', tenant: 'acme' });
    return commands({ ...event, queryStringParameters: query });
  };

  it('is in force from its moment on, for this tenant, whatever capitals are used', async () => {
    const { post, store } = world();
    assert.equal((await post('POST /suppressions', 'one', request)).statusCode, 201);
    const recipient = recipientKey('key of the tests')('acme', 'email', 'ada@example.com');
    assert.deepEqual(
      (await store.suppressionsOf('acme', [recipient])).map(({ reason, origin }) => [reason, origin]),
      [['MANUAL', 'api']],
    );
    assert.deepEqual(await store.suppressionsOf('globex', [recipient]), []);
  });

  it('is not in force again when the request is repeated after it was lifted; a new request is a new word', async () => {
    const { post, store, clock, commands } = world();
    const recipient = recipientKey('key of the tests')('acme', 'email', 'ada@example.com');
    const inForce = async () => (await store.suppressionsOf('acme', [recipient])).length === 1;
    const first = await post('POST /suppressions', 'one', request);
    clock.advance(1000);
    assert.equal((await lifting(commands, { channel: 'email', address: 'ada@example.com' })).statusCode, 200);
    assert.equal(await inForce(), false);
    assert.equal((await lifting(commands, { channel: 'email', address: 'ada@example.com' })).statusCode, 404);
    clock.advance(1000);
    const again = await post('POST /suppressions', 'one', request);
    assert.equal(again.body, first.body);
    assert.equal(await inForce(), false);
    await post('POST /suppressions', 'two', request);
    assert.equal(await inForce(), true);
  });

  it('is refused without a recipient', async () => {
    const { post, commands } = world();
    const response = await post('POST /suppressions', 'bad', { channel: 'sms', address: 'ada@example.com' });
    assert.deepEqual(codesOf(bodyOf<Problem>(response)), ['/address PHONE_INVALID']);
    const lifted = await lifting(commands, { channel: 'email', adress: 'ada@example.com' });
    assert.deepEqual(codesOf(bodyOf<Problem>(lifted)), ['/address REQUIRED', '/adress UNKNOWN_PARAMETER']);
  });
});
