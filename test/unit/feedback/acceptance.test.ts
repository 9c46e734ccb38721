import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseSesEvent } from '#shared/adapters/aws/providers/ses/event.ts';
import type { Acceptance } from '#shared/feedback/acceptance.ts';
import { PoisonMessage } from '#shared/messaging/parse.ts';
import { FEED, PROBE_ID } from '#shared/settlement/feed.ts';
import { feedKeeper } from '#shared/settlement/feed-keeper.ts';
import { memoryProvider } from '#test/support/memory/memory-provider.ts';
import { createWorld } from '#test/support/world/world.ts';

const MARGIN_MS = 60_000;
const DEADLINE_MS = 30_000;

/** A sender whose provider's answer got lost, the provider's events, and wake-due, on one clock. */
async function world() {
  let queued = 0;
  const probes = memoryProvider();
  const { store, clock, providers, accept, ...one } = createWorld({
    times: {
      unknownDeadlineMs: DEADLINE_MS,
      settling: {
        onUnknown: () => 'resend',
        inFlightMs: 0,
        marginMs: MARGIN_MS,
        countLagMs: 0,
        holdAfterMs: 10 * MARGIN_MS,
        recheckMs: 1000,
      },
    },
    ports: { settings: { outboxGraceMs: 1000, budgetMs: 1000 } },
    feed: { queueDepth: async () => queued, provider: probes },
    feedback: { feedStepMs: 100 },
  });
  const { notificationId } = await one.place();
  const eventFor = (nonce: string, over: Partial<Acceptance> = {}): Acceptance => ({
    providerMessageId: `ses-${nonce}`,
    acceptedAt: new Date(clock.now()).toISOString(),
    tenant: 'acme',
    notificationId,
    attemptNonce: nonce,
    ...over,
  });
  return {
    store,
    clock,
    provider: providers.email,
    probes,
    feed: feedKeeper(store.statesOf(FEED), 'email'),
    accept,
    wake: () => one.wake(['notification', 'unknown']),
    send: () => one.send(notificationId),
    eventFor,
    current: () => one.notification(notificationId),
    setQueued: (depth: number): void => {
      queued = depth;
    },
  };
}

describe('feedback about an unknown outcome', () => {
  it('is evidence: SENT, and not sent again', async () => {
    const { provider, send, current, accept, eventFor } = await world();
    provider.answerWith(['accept-silently']);
    await send();
    const nonce = (await current()).attempts[0]?.nonce ?? '';
    assert.equal(await accept(eventFor(nonce)), 'recorded');
    assert.equal((await current()).status, 'SENT');
    assert.equal(await accept(eventFor(nonce)), 'known', 'doubled events change nothing');
    assert.equal(await send(), 'not-claimable');
    assert.equal(provider.accepted.length, 1);
  });

  it('missing in spite of a healthy feed means that it was not sent: one resend, then it is settled', async () => {
    const { provider, send, current, accept, eventFor, wake, clock, probes } = await world();
    provider.answerWith([{ kind: 'unknown', reason: 'TimeoutError' }]);
    await send();
    clock.advance(MARGIN_MS);
    await wake();
    assert.equal(probes.accepted.length, 1, 'an idle stage is probed');
    assert.equal((await current()).status, 'UNKNOWN');
    clock.advance(2000);
    await wake();
    assert.equal(probes.accepted.length, 1, 'once');
    const probed = eventFor(probes.accepted[0]?.attemptNonce ?? '', { tenant: PROBE_ID, notificationId: PROBE_ID });
    assert.equal(await accept(probed), 'probe');
    clock.advance(2000);
    await wake();
    assert.equal((await current()).status, 'PENDING');
    assert.equal(await send(), 'accepted');
    assert.equal((await current()).status, 'SENT');
    assert.equal((await current()).attempts.length, 2);
    assert.equal((await current()).doubled, undefined);
  });

  it('queued or dead somewhere means that nothing may be concluded', async () => {
    const { provider, send, current, accept, eventFor, wake, clock, setQueued } = await world();
    provider.answerWith(['accept-silently']);
    await send();
    const nonce = (await current()).attempts[0]?.nonce ?? '';
    const evidence = eventFor(nonce);
    clock.advance(MARGIN_MS);
    await accept(eventFor('other', { tenant: PROBE_ID, notificationId: PROBE_ID }));
    setQueued(1);
    for (let round = 0; round < 8; round += 1) {
      await wake();
      assert.equal((await current()).status, 'UNKNOWN');
      clock.advance(MARGIN_MS);
    }
    await accept(evidence);
    assert.equal((await current()).status, 'SENT');
  });

  it('recorded as an unreadable dead letter may have been the evidence, so nothing is concluded', async () => {
    const { provider, send, current, accept, eventFor, wake, clock, store } = await world();
    provider.answerWith(['accept-silently']);
    await send();
    const letter = { subscriber: 'record-feedback', id: 'hash', reason: 'MALFORMED', detail: 'It cannot be read.' };
    await store.recordDeadLetter(letter, clock.now());
    clock.advance(MARGIN_MS);
    await accept(eventFor('probe', { tenant: PROBE_ID, notificationId: PROBE_ID }));
    await wake();
    assert.equal((await current()).status, 'UNKNOWN');
  });

  it('that never comes leads to HELD, with the reason on the row', async () => {
    const { provider, send, current, wake, clock } = await world();
    provider.answerWith(['accept-silently']);
    await send();
    for (let round = 0; round < 11; round += 1) {
      clock.advance(MARGIN_MS);
      await wake();
    }
    const held = await current();
    assert.equal(held.status, 'HELD');
    assert.equal(held.status === 'HELD' && held.reason, 'FEED_SILENT');
  });

  it('that comes later than the margin shows the notification as doubled, never hides it', async () => {
    const { provider, send, current, accept, eventFor, wake, clock } = await world();
    provider.answerWith(['accept-silently']);
    await send();
    const late = eventFor((await current()).attempts[0]?.nonce ?? '');
    clock.advance(MARGIN_MS);
    await accept(eventFor('probe', { tenant: PROBE_ID, notificationId: PROBE_ID }));
    await wake();
    await send();
    assert.equal(await accept(late), 'recorded');
    assert.equal((await current()).doubled, true);
    assert.equal(provider.accepted.length, 2);
  });

  it('about nothing that we sent is reported and does not advance the feed', async () => {
    const { send, accept, eventFor, feed, current } = await world();
    await send();
    const before = await current();
    assert.equal(await accept(eventFor('forged')), 'no-such-attempt');
    assert.equal(await accept(eventFor('n', { tenant: 'globex' })), 'no-such-notification');
    assert.equal(await accept(eventFor('n', { notificationId: 'nonsense' })), 'no-such-notification');
    assert.deepEqual(await current(), before);
    assert.deepEqual(await feed.read(), {});
  });
});

describe('the feed’s watermark', () => {
  it('only moves forward, in steps worth a write', async () => {
    const { store } = await world();
    const writes: number[] = [];
    const feeds = store.statesOf(FEED);
    const counted = {
      ...feeds,
      replace: (...args: Parameters<typeof feeds.replace>) => {
        writes.push(args[1]);
        return feeds.replace(...args);
      },
    };
    const keeper = feedKeeper(counted, 'email');
    for (const acceptedAt of [10_000, 10_050, 9000, 10_100, 10_150]) await keeper.advance(acceptedAt, 100);
    assert.deepEqual(await keeper.read(), { watermark: 10_100 });
    assert.equal(writes.length, 2);
    await keeper.advance(10_110, 0);
    assert.deepEqual(await keeper.read(), { watermark: 10_110 }, 'a probe’s word counts to the millisecond');
  });

  it('is moved by many at once without losing the newest', async () => {
    const { store } = await world();
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => feedKeeper(store.statesOf(FEED), 'email').advance(1000 + index, 0)),
    );
    assert.deepEqual(await feedKeeper(store.statesOf(FEED), 'email').read(), { watermark: 1019 });
  });

  it('begins again with another provider, whose events say nothing about calls to the one before', async () => {
    const { store } = await world();
    const at = Date.parse('2026-01-01T00:00:00Z');
    const [ses, sendGrid] = ['ses', 'sendgrid'].map((name) => feedKeeper(store.statesOf(FEED), 'email', name));
    await ses?.advance(at + 10_000, 0);
    // An hour of steps would pass before the watermark moves, but the provider is another one.
    await sendGrid?.advance(at + 9000, 3_600_000);
    assert.deepEqual(await sendGrid?.read(), { watermark: at + 9000, provider: 'sendgrid', since: at + 9000 });
    await sendGrid?.advance(at + 12_000, 0);
    assert.deepEqual(await sendGrid?.read(), { watermark: at + 12_000, provider: 'sendgrid', since: at + 9000 });
    const back = feedKeeper(store.statesOf(FEED), 'email', 'ses');
    await back.advance(at + 13_000, 0);
    assert.deepEqual(await back.read(), { watermark: at + 13_000, since: at + 13_000 });
    const fresh = await world();
    const first = feedKeeper(fresh.store.statesOf(FEED), 'email', 'sendgrid');
    await first.advance(1000, 0);
    assert.deepEqual(await first.read(), { watermark: 1000, provider: 'sendgrid' });
  });

  it('lets one of many probe', async () => {
    const { store } = await world();
    const reserved = await Promise.all(
      Array.from({ length: 10 }, () => feedKeeper(store.statesOf(FEED), 'email').reserveProbe(5000, 4000)),
    );
    assert.equal(reserved.filter(Boolean).length, 1);
  });
});

describe('parseSesEvent', () => {
  const tags = { tenant: ['acme'], notification: ['order_o1_1-1'], attempt: ['n1'], 'ses:source-ip': ['10.0.0.1'] };
  const mail = { timestamp: '2026-01-01T00:00:00.123Z', messageId: 'm1', destination: ['ada@example.com'], tags };

  const acceptance = {
    providerMessageId: 'm1',
    acceptedAt: mail.timestamp,
    tenant: 'acme',
    notificationId: 'order_o1_1-1',
    attemptNonce: 'n1',
  };

  it('reads a Send event', () => {
    assert.deepEqual(parseSesEvent(JSON.stringify({ eventType: 'Send', mail, send: {} })), {
      kind: 'feedback',
      eventType: 'Send',
      feedback: { channel: 'email', acceptance },
    });
  });

  it('knows the greeting, and events that nothing is recorded for', () => {
    assert.equal(parseSesEvent('Successfully validated SNS topic for Amazon SES event publishing.').kind, 'greeting');
    const subscription = JSON.stringify({ eventType: 'Subscription', mail });
    assert.deepEqual(parseSesEvent(subscription), { kind: 'other', eventType: 'Subscription' });
  });

  const bounce = (more: object) => ({
    bounceType: 'Permanent',
    bounceSubType: 'General',
    timestamp: '2026-01-01T00:00:01Z',
    bouncedRecipients: [{ emailAddress: 'ada@example.com', diagnosticCode: 'smtp; 550 no ada@example.com' }],
    ...more,
  });
  const at = '2026-01-01T00:00:01.000Z';
  const sentTo = ['ada@example.com'];
  const addresses = ['ada@example.com'];
  const cases: [string, object, object][] = [
    ['Bounce', { bounce: bounce({}) }, { kind: 'BOUNCED', at, code: 'General', affected: { addresses, sentTo } }],
    [
      'Bounce',
      { bounce: bounce({ bounceType: 'Transient', bounceSubType: 'MailboxFull' }) },
      { kind: 'SOFT_BOUNCED', at, code: 'MailboxFull', affected: { addresses, sentTo } },
    ],
    [
      'Bounce',
      { bounce: bounce({ bounceType: 'Undetermined', bounceSubType: 'Undetermined', bouncedRecipients: [] }) },
      { kind: 'SOFT_BOUNCED', at, code: 'Undetermined', affected: { addresses: [], sentTo } },
    ],
    [
      'Bounce',
      {
        bounce: bounce({
          bounceType: 'Transient',
          bouncedRecipients: [{ emailAddress: 'Ada <ada@example.com>' }],
        }),
      },
      { kind: 'SOFT_BOUNCED', at, code: 'General', affected: { addresses, sentTo } },
    ],
    ['Reject', { reject: { reason: 'Bad content' } }, { kind: 'REJECTED', at: mail.timestamp, affected: 'all' }],
    ['Rendering Failure', { failure: {} }, { kind: 'RENDERING_FAILED', at: mail.timestamp, affected: 'all' }],
  ];
  for (const [eventType, details, deliveryEvent] of cases) {
    it(`reads ${JSON.stringify(deliveryEvent)} of a ${eventType} event`, () => {
      assert.deepEqual(parseSesEvent(JSON.stringify({ eventType, mail, ...details })), {
        kind: 'feedback',
        eventType,
        feedback: { channel: 'email', acceptance, deliveryEvent },
      });
    });
  }

  it('refuses everything else without quoting it', () => {
    const { attempt: _, ...untagged } = tags;
    const bad = [
      'to ada@example.com',
      '"ada@example.com"',
      '{}',
      JSON.stringify({ eventType: 'Send', mail: { ...mail, tags: untagged } }),
      JSON.stringify({ eventType: 'Send', mail: { ...mail, tags: { ...tags, attempt: ['a', 'b'] } } }),
      JSON.stringify({ eventType: 'Send', mail: { ...mail, timestamp: 'yesterday' } }),
      JSON.stringify({ eventType: 'Send', mail: { ...mail, messageId: 'ada@example.com' } }),
      JSON.stringify({ eventType: 'Send', mail: { ...mail, tags: { ...tags, tenant: ['ada@example.com'] } } }),
      JSON.stringify({ eventType: 'Bounce', mail, bounce: bounce({ timestamp: 'of ada@example.com' }) }),
      JSON.stringify({ eventType: 'Bounce', mail, bounce: bounce({ bouncedRecipients: ['ada@example.com'] }) }),
      JSON.stringify({ eventType: 'Delivery', mail, delivery: { timestamp: at, recipients: 'ada@example.com' } }),
      JSON.stringify({ eventType: 'Complaint', mail }),
    ];
    for (const body of bad) {
      assert.throws(
        () => parseSesEvent(body),
        (error: PoisonMessage) => {
          assert.ok(error instanceof PoisonMessage, body);
          assert.doesNotMatch(`${error.message} ${error.cause}`, /ada@/);
          return true;
        },
      );
    }
  });
});
