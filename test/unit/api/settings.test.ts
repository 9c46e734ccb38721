import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as v from 'valibot';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import { SETTINGS, SETTINGS_VERSION } from '#shared/notification/settings/settings.ts';
import { MESSAGE_EVENTS } from '#shared/tenant-settings/events.ts';
import { previewViewSchema, settingsAnswerSchema, settingsViewSchema } from '#shared/tenant-settings/responses.ts';
import { bodyOf, httpEvent } from '#test/support/http-event.ts';
import { createWorld, keyOfNotification } from '#test/support/world/world.ts';

type Problem = {
  code: string;
  next: string;
  currentVersion?: number;
  errors?: { path: string; code: string; message: string; next: string }[];
};

const SETTINGS_BODY = {
  events: { OrderPlaced: ['email'], OrderCancelled: [] },
  defaultLocale: 'de',
  fallback: { email: { afterMinutes: 30 } },
};
const CONTACT = { name: 'Ada', email: 'ada@example.com', phone: '+4366012345678' };
const ORDER = { contact: CONTACT, currency: 'EUR', lines: [] };

function settingsWorld() {
  const world = createWorld();
  const { commands, queries, clock } = world;
  let keys = 0;
  const ask = (
    routeKey: string,
    body: unknown,
    headers: Record<string, string> = {},
    tenant = 'acme',
    pathParameters: Record<string, string> = {},
  ) => {
    clock.advance(1000);
    keys += 1;
    return commands(
      httpEvent({
        routeKey,
        tenant,
        pathParameters,
        headers: { 'content-type': 'application/json', 'idempotency-key': `key-${keys}`, ...headers },
        body: JSON.stringify(body),
      }),
    );
  };
  const put = (body: unknown, headers: Record<string, string> = {}, tenant = 'acme') =>
    ask('PUT /settings', body, headers, tenant);
  const get = (tenant = 'acme') => queries(httpEvent({ routeKey: 'GET /settings', tenant }));
  const place = async (body: unknown = ORDER) =>
    bodyOf<{ orderId: string; notifications: { notificationId: string; channel: string }[] }>(
      await ask('POST /orders', body),
    );
  const cancel = (orderId: string) =>
    ask('POST /orders/{orderId}/cancel', { reason: 'twice' }, {}, 'acme', { orderId });
  return { ...world, ask, put, get, place, cancel };
}

describe('PUT /settings', () => {
  it('replaces the settings, which GET then shows with their version', async () => {
    const { put, get } = settingsWorld();
    const never = await get();
    assert.deepEqual([never.statusCode, bodyOf(never), never.headers.etag], [200, { version: 0 }, '"0"']);
    const first = await put(SETTINGS_BODY);
    assert.deepEqual([first.statusCode, first.headers.etag], [200, '"1"'], first.body);
    assert.deepEqual(bodyOf(first), { version: 1, changedAt: '2026-01-01T00:00:01.000Z' });
    assert.deepEqual(v.parse(settingsAnswerSchema, bodyOf(first)), bodyOf(first));
    const shown = await get();
    assert.deepEqual(bodyOf(shown), { ...bodyOf(first), ...SETTINGS_BODY });
    assert.deepEqual(v.parse(settingsViewSchema, bodyOf(shown)), bodyOf(shown));
    assert.equal(shown.headers.etag, '"1"');
    assert.deepEqual(bodyOf(await get('globex')), { version: 0 });
    await put({ defaultLocale: 'en' });
    assert.deepEqual(bodyOf(await get()), {
      version: 2,
      changedAt: '2026-01-01T00:00:02.000Z',
      defaultLocale: 'en',
    });
  });

  it('is refused with 412 and the current version if the settings were changed since', async () => {
    const { put, get } = settingsWorld();
    await put({ defaultLocale: 'de' });
    assert.equal((await put({ defaultLocale: 'fr' }, { 'if-match': '"1"' })).statusCode, 200);
    const stale = await put({ defaultLocale: 'it' }, { 'if-match': '"1"' });
    assert.equal(stale.statusCode, 412);
    const { code, currentVersion } = bodyOf<Problem>(stale);
    assert.deepEqual([code, currentVersion], ['VERSION_MISMATCH', 2]);
    assert.equal(bodyOf(await get()).defaultLocale, 'fr');
    const early = await put({}, { 'if-match': '"1"' }, 'globex');
    assert.deepEqual([early.statusCode, bodyOf<Problem>(early).currentVersion], [412, 0]);
  });

  it('gives a repetition the stored answer, also with a stale If-Match, and refuses another body', async () => {
    const { put } = settingsWorld();
    const headers = { 'idempotency-key': 'same' };
    const first = await put(SETTINGS_BODY, headers);
    await put({});
    const again = await put(SETTINGS_BODY, { ...headers, 'if-match': '"1"' });
    assert.deepEqual([again.statusCode, again.body], [200, first.body]);
    assert.equal(again.headers['idempotency-replayed'], 'true');
    assert.deepEqual((await put({}, headers)).statusCode, 422);
  });

  it('is refused with every fault, and stores nothing', async () => {
    const { put, store } = settingsWorld();
    const body = {
      events: { OrderPlaced: ['email', 'email'], OrderCancelled: ['sms'], OrderLost: [], ItemAdded: [] },
      defaultLocale: '?',
      fallback: { email: { afterMinutes: 0 }, sms: { afterMinutes: 100_000 }, fax: {} },
      colour: 'red',
    };
    const refused = await put(body);
    assert.equal(refused.statusCode, 400);
    const faults = (bodyOf<Problem>(refused).errors ?? []).map(({ path, code }) => `${path} ${code}`).sort();
    assert.deepEqual(faults, [
      '/colour UNKNOWN_FIELD',
      '/defaultLocale LOCALE_INVALID',
      '/events/ItemAdded UNKNOWN_FIELD',
      '/events/OrderCancelled/0 INVALID',
      '/events/OrderLost UNKNOWN_FIELD',
      '/events/OrderPlaced DUPLICATE_ENTRIES',
      '/fallback/email/afterMinutes TOO_SMALL',
      '/fallback/fax UNKNOWN_FIELD',
      '/fallback/sms/afterMinutes TOO_LARGE',
    ]);
    assert.deepEqual([store.states.size, store.outbox.size], [0, 0]);
  });
});

describe('an order of a tenant with settings', () => {
  it('sends nothing on a channel that is off for its event', async () => {
    const { put, place, cancel } = settingsWorld();
    await put({ events: { OrderPlaced: ['sms'], OrderCancelled: [] } });
    const { orderId, notifications } = await place();
    assert.deepEqual(
      notifications.map(({ channel, notificationId }) => [channel, notificationId]),
      [['sms', `order_${orderId}_1-1`]],
    );
    const cancelled = await cancel(orderId);
    assert.deepEqual([cancelled.statusCode, bodyOf(cancelled).notifications], [200, []]);
    await put({});
    assert.equal((await place()).notifications.length, 2);
  });

  it('keeps what was decided: a channel that is switched off later does not withdraw a message', async () => {
    const { put, place, send, providers } = settingsWorld();
    const { notifications } = await place();
    await put({ events: { OrderPlaced: [] } });
    for (const { notificationId, channel } of notifications)
      await send(notificationId, { channel: channel === 'sms' ? 'sms' : 'email' });
    assert.deepEqual([providers.email.accepted.length, providers.sms.accepted.length], [1, 1]);
  });

  it('speaks the tenant’s default locale, unless the contact has one', async () => {
    const { put, place, send, providers } = settingsWorld();
    await put({ defaultLocale: 'de-AT' });
    const subjectOf = async (contact: object): Promise<string> => {
      const { notifications } = await place({ ...ORDER, contact });
      await send(notifications[0]?.notificationId ?? '');
      const { rendered } = providers.email.accepted.at(-1) ?? assert.fail();
      return rendered.channel === 'email' ? rendered.subject : '';
    };
    assert.match(await subjectOf(CONTACT), /ist eingegangen$/);
    assert.match(await subjectOf({ ...CONTACT, locale: 'en' }), /is placed$/);
  });

  it('is refused with 503 while its settings are of a newer release, and is placed later with the same key', async () => {
    const { put, ask, store } = settingsWorld();
    await put({});
    const row = [...store.states.values()].find(({ key }) => key.type === SETTINGS.name && !key.part);
    const stored = row?.stored ?? assert.fail();
    stored.schemaVersion = 2;
    const refused = await ask('POST /orders', ORDER, { 'idempotency-key': 'order' });
    assert.deepEqual([refused.statusCode, bodyOf<Problem>(refused).code], [503, 'TEMPORARILY_UNAVAILABLE']);
    stored.schemaVersion = 1;
    assert.equal((await ask('POST /orders', ORDER, { 'idempotency-key': 'order' })).statusCode, 201);
  });
});

describe('POST /settings/preview', () => {
  const TEMPLATES = [
    { template: 'order-confirmation', channel: 'email', locale: 'en', subject: 'Thanks {{orderId}}' },
    { template: 'order-confirmation', channel: 'sms', locale: 'en', text: '{{brandName}}: {{total}}' },
  ];

  it('shows every event’s messages in both languages and on each of its channels', async () => {
    const { ask } = settingsWorld();
    for (const [event, { channels, purpose }] of Object.entries(MESSAGE_EVENTS)) {
      for (const locale of ['en', 'de']) {
        const answer = await ask('POST /settings/preview', { event, locale });
        assert.equal(answer.statusCode, 200, answer.body);
        const view = v.parse(previewViewSchema, bodyOf(answer));
        assert.deepEqual(
          view.messages.map((message) => [message.channel, message.purpose, message.isOn]),
          channels.map((channel) => [channel, purpose, true]),
        );
        for (const { channel, subject, text, segments } of view.messages) {
          assert.doesNotMatch(`${subject ?? ''} ${text}`, /\{\{|undefined/);
          if (channel === 'sms') assert.equal(segments, 1);
        }
      }
    }
  });

  it('shows a draft, else the settings in force, and stores nothing', async () => {
    const { ask, put, store } = settingsWorld();
    const previewed = async (body: object) =>
      v.parse(previewViewSchema, bodyOf(await ask('POST /settings/preview', { event: 'OrderPlaced', ...body })))
        .messages;
    const draft = {
      templates: TEMPLATES,
      brand: { name: 'Acme' },
      sender: { name: 'Shop' },
      events: { OrderPlaced: [] },
    };
    const [mail, text] = await previewed({ settings: draft });
    assert.deepEqual(
      [mail?.subject, mail?.sender, mail?.isOn],
      ['Thanks k3v7q2m5x4h6j8n9p2r4t6w8ya', { name: 'Shop' }, false],
    );
    assert.deepEqual([text?.text, text?.segments], ['Acme: EUR 25.00', 1]);
    assert.deepEqual([store.states.size, store.outbox.size], [0, 0]);
    assert.match((await previewed({}))[0]?.subject ?? '', /is placed$/);
    await put({ defaultLocale: 'de' });
    assert.match((await previewed({}))[0]?.subject ?? '', /ist eingegangen$/);
  });

  it('is refused for an event that sends nothing, and for a faulty draft', async () => {
    const { ask } = settingsWorld();
    const refused = await ask('POST /settings/preview', {
      event: 'ItemAdded',
      settings: { templates: [{ ...TEMPLATES[0], subject: '{{name}}' }] },
    });
    assert.equal(refused.statusCode, 400);
    const faults = (bodyOf<Problem>(refused).errors ?? []).map(({ path, code }) => `${path} ${code}`);
    assert.deepEqual(faults.sort(), ['/event INVALID', '/settings/templates/0/subject PLACEHOLDER_UNKNOWN']);
  });
});

describe('a message of a tenant with settings', () => {
  const OVERRIDE = { template: 'order-confirmation', channel: 'email', locale: 'en' };
  const withSubject = (subject: string) => ({ templates: [{ ...OVERRIDE, subject }] });
  const subjects = ({ providers }: ReturnType<typeof settingsWorld>): string[] =>
    providers.email.accepted.map(({ rendered }) => (rendered.channel === 'email' ? rendered.subject : ''));

  it('is rendered with the settings that its command was decided with, also on a later attempt', async () => {
    const world = settingsWorld();
    const { put, place, send, providers, notification, wake } = world;
    await put(withSubject('first'));
    const { notifications } = await place();
    const id = notifications[0]?.notificationId ?? '';
    await put(withSubject('second'));
    providers.email.answerWith([{ kind: 'deferred', reason: 'THROTTLED' }]);
    assert.equal(await send(id), 'deferred');
    await put(withSubject('third'));
    world.clock.advance(600_000);
    await wake(['notification']);
    assert.equal(await send(id), 'accepted', (await notification(id)).status);
    const later = await place();
    await send(later.notifications[0]?.notificationId ?? '');
    assert.deepEqual(subjects(world), ['first', 'third']);
  });

  it('that the tenant wrote gets the sender, and nothing else', async () => {
    const { put, ask, send, providers } = settingsWorld();
    const message = { channel: 'email', to: ['ada@example.com'], subject: 'Hello', text: 'As written' };
    await put({ sender: { name: 'Acme', replyTo: 'help@shop.example' }, brand: { name: 'Acme' } });
    const { notifications } = bodyOf<{ notifications: { notificationId: string }[] }>(
      await ask('POST /notifications', message),
    );
    await send(notifications[0]?.notificationId ?? '');
    assert.deepEqual(providers.email.accepted[0]?.rendered, {
      channel: 'email',
      subject: 'Hello',
      text: 'As written',
      sender: { name: 'Acme', replyTo: 'help@shop.example' },
    });
  });

  it('is left to a newer release if its settings are of a newer version', async () => {
    const { put, place, send, store, notification } = settingsWorld();
    await put({});
    const { notifications } = await place();
    const id = notifications[0]?.notificationId ?? '';
    const row = [...store.states.values()].find(({ key }) => key.part?.type === SETTINGS_VERSION.name);
    const stored = row?.stored ?? assert.fail();
    stored.schemaVersion = 2;
    await assert.rejects(send(id), NewerVersion);
    assert.equal((await notification(id)).status, 'PENDING');
    stored.schemaVersion = 1;
    assert.equal(await send(id), 'accepted');
  });

  it('has no version of settings if the tenant never set anything, so its rows are as before', async () => {
    const { place, store } = settingsWorld();
    const { notifications } = await place();
    const key = keyOfNotification(notifications[0]?.notificationId ?? '');
    const stored = await store.readWithContent(key);
    assert.ok(stored?.content && !('settings' in stored.content));
  });
});
