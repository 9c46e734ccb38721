import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { memoryStore } from '#shared/adapters/memory/memory-store.ts';
import {
  type DeliveryEvent,
  type Feedback,
  type RecipientFeedbackPorts,
  recordDeliveryEvent,
} from '#shared/feedback/recipient-feedback.ts';
import { scrubbed, unscrubbed } from '#shared/feedback/scrubbed-feedback.ts';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import { PoisonMessage } from '#shared/messaging/parse.ts';
import type { Notification } from '#shared/notification/notification.ts';
import { notificationKey } from '#shared/notification/notification-id.ts';
import type { RecipientEvent } from '#shared/recipient/recipient-event.ts';
import { recipientKey } from '#shared/recipient/recipient-key.ts';
import { PROBE_ID } from '#shared/settlement/feed.ts';
import { figuresOf } from '#shared/statistics/figures.ts';
import { countedRandomness, manualClock } from '#test/support/ports.ts';
import { checkProperty } from '#test/support/random-runs.ts';

const TENANT = 'acme';
const NOW = Date.UTC(2026, 0, 1);
const at = (seconds: number): string => new Date(NOW + seconds * 1000).toISOString();
const keyOf = recipientKey('secret');
const addressOf = (position: number): string => `recipient-${position}@example.com`;

type Shape = Partial<Notification> & { recipients?: readonly string[] };

/** A notification that was claimed once, and what becomes of its feedback. */
async function world(recipientCount = 1, shape: Shape = {}) {
  const store = memoryStore();
  const clock = manualClock(NOW);
  const notificationId = 'order_o1_1-1';
  const key = notificationKey(TENANT, notificationId);
  assert.ok(key);
  const recipients = Array.from({ length: recipientCount }, (_, position) =>
    keyOf(TENANT, 'email', addressOf(position)),
  );
  const sent: Notification = {
    channel: 'email',
    purpose: 'direct',
    createdAt: at(0),
    correlationId: 'correlation-1',
    attempts: [{ nonce: 'n1', claimedAt: at(0), outcome: 'accepted', settledAt: at(1), providerMessageId: 'm1' }],
    recipients,
    status: 'SENT',
    sentAt: at(1),
    ...shape,
  } as Notification;
  await store.replace(key, 0, { schemaVersion: 1, version: 1, state: sent });
  let keysRead = 0;
  const ports: RecipientFeedbackPorts = {
    store,
    clock,
    timer: clock,
    random: countedRandomness(),
    settings: { outboxGraceMs: 1000, budgetMs: 1000 },
    notifications: store,
    outcomes: store,
    suppressions: store,
    recipientKey: async () => {
      keysRead += 1;
      return keyOf;
    },
    subscriber: 'record-feedback',
  };
  const acceptance = { providerMessageId: 'm1', acceptedAt: at(1), tenant: TENANT, notificationId, attemptNonce: 'n1' };
  const feedback = (
    deliveryEvent: DeliveryEvent,
    more: Partial<typeof acceptance> = {},
  ): Feedback & { deliveryEvent: DeliveryEvent } => ({
    channel: 'email',
    acceptance: { ...acceptance, ...more },
    deliveryEvent,
  });
  return {
    store,
    ports,
    key,
    feedback,
    keysRead: () => keysRead,
    record: (event: DeliveryEvent, more?: Partial<typeof acceptance>) =>
      recordDeliveryEvent(feedback(event, more), event, ports),
    notification: async () => (await store.read(key))?.state as Notification,
    outcomes: () => store.readOutcomes(key),
    suppressed: async () =>
      (await store.suppressionsOf(TENANT, recipients)).map(({ recipient }) => recipients.indexOf(recipient)),
    announced: () => messagesIn(store),
  };
}

const messagesIn = (store: ReturnType<typeof memoryStore>): string[] =>
  [...store.outbox.values()].flatMap(({ messages }) => messages.map((text) => JSON.parse(text).type as string)).sort();

const event = (kind: DeliveryEvent['kind'], positions: number[], second = 5, code?: string): DeliveryEvent => ({
  kind,
  at: at(second),
  ...(code !== undefined && { code }),
  affected: { addresses: positions.map(addressOf) },
});

describe('what a provider tells of recipients', () => {
  it('is recorded by position, and said of the message once', async () => {
    const { record, outcomes, announced, notification } = await world(2);
    assert.equal(await record(event('DELIVERED', [1], 5)), 'recorded');
    assert.deepEqual(await announced(), []);
    assert.equal(await record(event('DELIVERED', [0], 6)), 'recorded');
    assert.deepEqual(await announced(), ['counterfoil.notification.delivered.v1']);
    assert.equal(await record(event('DELIVERED', [0], 6)), 'known');
    assert.deepEqual(await announced(), ['counterfoil.notification.delivered.v1']);
    const expected: RecipientEvent[] = [
      { position: 1, kind: 'DELIVERED', at: at(5) },
      { position: 0, kind: 'DELIVERED', at: at(6) },
    ];
    assert.deepEqual(await outcomes(), expected);
    assert.deepEqual((await notification()).outcomes, ['delivered']);
  });

  it('suppresses who bounced for good or complained, and nobody else', async () => {
    const { record, suppressed, announced, store, key } = await world(5);
    await record(event('BOUNCED', [0], 5, 'General'));
    await record(event('COMPLAINED', [1], 6));
    await record(event('SOFT_BOUNCED', [2], 7, 'MailboxFull'));
    await record(event('DELAYED', [3], 8));
    await record({ kind: 'REJECTED', at: at(9), affected: 'all' });
    assert.deepEqual((await suppressed()).sort(), [0, 1]);
    const { suppressions } = await store.listSuppressions(TENANT, 10);
    assert.deepEqual(
      suppressions.map(({ reason, origin, channel, since }) => [reason, origin, channel, since]).sort(),
      [
        ['BOUNCE', key.notificationId, 'email', at(5)],
        ['COMPLAINT', key.notificationId, 'email', at(6)],
      ],
    );
    assert.deepEqual(await announced(), [
      'counterfoil.notification.bounced.v1',
      'counterfoil.notification.complained.v1',
      'counterfoil.notification.delivered.v1',
      'counterfoil.notification.rejected.v1',
    ]);
  });

  it('does not suppress again who was lifted after it happened', async () => {
    const { record, suppressed, store } = await world(1);
    await record(event('BOUNCED', [0], 5));
    await store.liftSuppression(TENANT, keyOf(TENANT, 'email', addressOf(0)), NOW + 60_000);
    await record(event('COMPLAINED', [0], 30));
    assert.deepEqual(await suppressed(), []);
    await record(event('COMPLAINED', [0], 90));
    assert.deepEqual(await suppressed(), [0], 'that one happened later');
  });

  it('finds a recipient however the provider writes the address, and takes no other for one', async () => {
    const { record, outcomes, suppressed } = await world(2);
    assert.equal(
      await record({ ...event('BOUNCED', []), affected: { addresses: ['RECIPIENT-1@Example.COM'] } }),
      'recorded',
    );
    assert.deepEqual(
      (await outcomes()).map(({ position }) => position),
      [1],
    );
    const others = { ...event('BOUNCED', []), affected: { addresses: ['somebody-else@example.com'] } };
    assert.equal(await record(others), 'unattributed');
    assert.equal(await record(event('BOUNCED', [])), 'known');
    assert.deepEqual(await suppressed(), [1]);
  });

  it('of an address that is none of ours is of the only recipient, who is suppressed where it bounced for good', async () => {
    const forward = 'forward@example.net';
    const sentTo = [addressOf(0)];
    for (const addresses of [[forward], [], ['', forward], [forward, addressOf(0)]]) {
      const { record, outcomes, suppressed, announced, store } = await world(1);
      assert.equal(await record({ kind: 'BOUNCED', at: at(5), affected: { addresses, sentTo } }), 'recorded');
      assert.deepEqual(await outcomes(), [{ position: 0, kind: 'BOUNCED', at: at(5) }]);
      assert.deepEqual([await suppressed(), await announced()], [[0], ['counterfoil.notification.bounced.v1']]);
      // Anybody can name an address in a bounce record; its owner is suppressed for no one's word.
      assert.deepEqual(await store.suppressionsOf(TENANT, [keyOf(TENANT, 'email', forward)]), []);
    }
  });

  it('of an address that is none of ours is of the only recipient who was not left out', async () => {
    const attempt = {
      nonce: 'n1',
      claimedAt: at(0),
      outcome: 'accepted',
      providerMessageId: 'm1',
      leftOut: [0],
    } as const;
    const { record, outcomes } = await world(2, { attempts: [attempt] });
    assert.equal(
      await record({ kind: 'BOUNCED', at: at(5), affected: { addresses: ['forward@example.net'] } }),
      'recorded',
    );
    assert.deepEqual(await outcomes(), [{ position: 1, kind: 'BOUNCED', at: at(5) }]);
  });

  it('of an address that is none of several is recorded of the message, announced and counted, and suppresses none', async () => {
    const { record, outcomes, suppressed, announced, notification, store } = await world(3);
    const sentTo = [0, 1, 2].map(addressOf);
    const affected = { addresses: [addressOf(1), 'forward@example.net'], sentTo };
    await record(event('DELIVERED', [0, 1, 2], 4));
    assert.equal(await record({ kind: 'BOUNCED', at: at(5), code: 'General', affected }), 'unattributed');
    const events = await outcomes();
    assert.deepEqual(events.slice(3), [
      { position: 1, kind: 'BOUNCED', at: at(5), code: 'General' },
      { kind: 'BOUNCED', at: at(5), code: 'General' },
    ]);
    assert.deepEqual(await suppressed(), [1], 'the one that it names');
    assert.ok((await announced()).includes('counterfoil.notification.bounced.v1'));
    assert.deepEqual(figuresOf(await notification(), events).outcomes, { DELIVERED: 2, BOUNCED: 2 });
    const stranger = await store.suppressionsOf(TENANT, [keyOf(TENANT, 'email', 'forward@example.net')]);
    assert.deepEqual(stranger, []);
  });

  it('that is only reported, or corrected, is shown and changes no outcome', async () => {
    const { record, outcomes, suppressed, announced, notification } = await world(1);
    await record(event('DELIVERED', [0], 4));
    for (const kind of ['NOT_SPAM', 'REPORTED'] as const) await record(event(kind, [0], 5, 'auth-failure'));
    const events = await outcomes();
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['DELIVERED', 'NOT_SPAM', 'REPORTED'],
    );
    assert.deepEqual(figuresOf(await notification(), events).outcomes, { DELIVERED: 1 });
    assert.deepEqual([await suppressed(), await announced()], [[], ['counterfoil.notification.delivered.v1']]);
  });

  it('suppresses from the event alone where the table does not know the message, or the attempt', async () => {
    const stranger = 'forward@example.net';
    const missing = [{ notificationId: 'order_other_1-1' }, { attemptNonce: 'forgotten' }];
    for (const [index, more] of missing.entries()) {
      for (const kind of ['COMPLAINED', 'BOUNCED'] as const) {
        const { record, suppressed, store, feedback } = await world(2);
        const event: DeliveryEvent = {
          kind,
          at: at(5),
          affected: { addresses: [addressOf(1), stranger], sentTo: [0, 1].map(addressOf) },
        };
        const report = index === 0 ? 'no-such-notification' : 'no-such-attempt';
        assert.equal(await record(event, more), report);
        assert.deepEqual(await suppressed(), [1]);
        assert.deepEqual(await store.suppressionsOf(TENANT, [keyOf(TENANT, 'email', stranger)]), []);
        // As the dead letter keeps it, it says the same.
        const again = await world(2);
        const kept = unscrubbed(await scrubbed(feedback(event, more), async () => keyOf));
        assert.ok(kept?.deliveryEvent);
        assert.equal(await recordDeliveryEvent(kept, kept.deliveryEvent, again.ports), report);
        assert.deepEqual(await again.suppressed(), [1]);
      }
      const { record, suppressed } = await world(1);
      for (const kind of ['SOFT_BOUNCED', 'REJECTED', 'NOT_SPAM', 'REPORTED', 'DELIVERED'] as const)
        await record(event(kind, [0]), more);
      assert.deepEqual(await suppressed(), [], 'of nothing that does not suppress');
    }
  });

  it('suppresses from the event alone where the row of the message cannot be read', async () => {
    const { ports, feedback, suppressed } = await world(1);
    const unreadable = { ...ports, notifications: { read: () => Promise.reject(new NewerVersion('from tomorrow')) } };
    const complained = event('COMPLAINED', [0]);
    await assert.rejects(recordDeliveryEvent(feedback(complained), complained, unreadable), NewerVersion);
    assert.deepEqual(await suppressed(), [0]);
  });

  it('does not wait for those who were left out', async () => {
    const accepted = {
      nonce: 'n1',
      claimedAt: at(0),
      outcome: 'accepted',
      providerMessageId: 'm1',
      leftOut: [1],
    } as const;
    const { record, announced } = await world(2, { attempts: [accepted] });
    await record(event('DELIVERED', [0]));
    assert.deepEqual(await announced(), ['counterfoil.notification.delivered.v1']);
  });

  it('about the message as a whole is about everybody it was sent to; about somebody, about the only one', async () => {
    const [alone, together] = [await world(1), await world(2)];
    const opened: DeliveryEvent = { kind: 'OPENED', at: at(9), affected: 'one' };
    await alone.record(opened);
    await together.record(opened);
    assert.deepEqual(await alone.outcomes(), [{ position: 0, kind: 'OPENED', at: at(9) }]);
    assert.deepEqual(await together.outcomes(), [{ kind: 'OPENED', at: at(9) }]);
    await together.record({ kind: 'REJECTED', at: at(1), affected: 'all' });
    assert.deepEqual(
      (await together.outcomes()).map(({ position }) => position),
      [0, 1, undefined],
    );
    assert.deepEqual([alone.keysRead(), together.keysRead()], [0, 0], 'no address, no key');
  });

  it('is about the only recipient of a notification that kept no keys yet, and suppresses them', async () => {
    const { record, outcomes, store } = await world(1, { recipients: undefined });
    await record(event('BOUNCED', [0]));
    assert.deepEqual(
      (await outcomes()).map(({ position }) => position),
      [0],
    );
    assert.equal((await store.suppressionsOf(TENANT, [keyOf(TENANT, 'email', addressOf(0))])).length, 1);
  });

  it('proves that its attempt was accepted, when it comes before everything else', async () => {
    const status = { status: 'UNKNOWN', reason: 'TIMEOUT', since: at(2), deadline: NOW + 60_000 } as const;
    const attempts = [{ nonce: 'n1', claimedAt: at(0), outcome: 'unknown', settledAt: at(2) }] as const;
    for (const kind of ['DELIVERED', 'BOUNCED', 'COMPLAINED', 'DELAYED'] as const) {
      const { record, notification } = await world(1, { ...status, attempts });
      await record(event(kind, [0]));
      const { status: now, attempts: known } = await notification();
      assert.equal(now, 'SENT', kind);
      assert.deepEqual(
        [known[0]?.outcome, known[0]?.settledAt, known[0]?.providerMessageId],
        ['accepted', at(1), 'm1'],
      );
    }
  });

  it('about what we did not send says so, and about a probe nothing', async () => {
    const { record, outcomes } = await world(1);
    assert.equal(await record(event('BOUNCED', [0]), { notificationId: 'order_other_1-1' }), 'no-such-notification');
    assert.equal(await record(event('BOUNCED', [0]), { tenant: 'globex' }), 'no-such-notification');
    assert.equal(await record(event('BOUNCED', [0]), { attemptNonce: 'forged' }), 'no-such-attempt');
    assert.equal(await record(event('DELIVERED', [0]), { tenant: PROBE_ID, notificationId: PROBE_ID }), 'probe');
    assert.deepEqual(await outcomes(), []);
  });

  it('is said of the message although whoever recorded it died before saying it', async () => {
    const { record, announced, ports, feedback, suppressed } = await world(1);
    const dying = {
      ...ports,
      outcomes: {
        ...ports.outcomes,
        recordOutcomes: async (...args: Parameters<typeof ports.outcomes.recordOutcomes>) => {
          await ports.outcomes.recordOutcomes(...args);
          throw new Error('killed');
        },
      },
    };
    const bounced = event('BOUNCED', [0]);
    await assert.rejects(recordDeliveryEvent(feedback(bounced), bounced, dying));
    assert.deepEqual([await announced(), await suppressed()], [[], [0]]);
    assert.equal(await record(bounced), 'known');
    assert.deepEqual([await announced(), await suppressed()], [['counterfoil.notification.bounced.v1'], [0]]);
  });

  it('is said once of fifty that come at once, by one of them', async () => {
    const { ports, feedback, announced } = await world(50);
    let commits = 0;
    const counting = {
      ...ports,
      store: {
        ...ports.store,
        commit: (commit: Parameters<typeof ports.store.commit>[0]) => {
          commits += 1;
          return ports.store.commit(commit);
        },
      },
    };
    const events = Array.from({ length: 50 }, (_, position) =>
      event(position % 2 === 0 ? 'DELIVERED' : 'BOUNCED', [position]),
    );
    await Promise.all(events.map((event) => recordDeliveryEvent(feedback(event), event, counting)));
    assert.deepEqual(await announced(), [
      'counterfoil.notification.bounced.v1',
      'counterfoil.notification.delivered.v1',
    ]);
    assert.ok(commits <= 4, `${commits} transactions`);
  });
});

describe('events of one message', () => {
  const events: DeliveryEvent[] = [
    event('DELIVERED', [0], 10),
    event('BOUNCED', [1], 11, 'General'),
    event('SOFT_BOUNCED', [2], 12, 'MailboxFull'),
    event('DELAYED', [0, 2], 9, 'General'),
    event('COMPLAINED', [0], 13),
    { kind: 'REJECTED', at: at(1), affected: 'all' },
  ];

  /** Everything that may depend on the order. */
  const endOf = async ({ outcomes, suppressed, announced, notification }: Awaited<ReturnType<typeof world>>) => {
    const { outcomes: said, ...rest } = await notification();
    return {
      events: await outcomes(),
      suppressed: (await suppressed()).sort(),
      announced: await announced(),
      said: [...(said ?? [])].sort(),
      rest,
    };
  };

  it('end in the same rows and say the same in any order, doubled and at once', async () => {
    const inOrder = await world(3);
    for (const event of events) await inOrder.record(event);
    const expected = await endOf(inOrder);
    const indexes = [...events.keys(), ...events.keys()];
    await checkProperty(
      'feedback in any order',
      fc.asyncProperty(
        fc.shuffledSubarray(indexes, { minLength: indexes.length }),
        fc.integer({ min: 1, max: 5 }),
        async (order, atOnce) => {
          const one = await world(3);
          for (let next = 0; next < order.length; next += atOnce)
            await Promise.all(
              order.slice(next, next + atOnce).map((index) => one.record(events[index] as DeliveryEvent)),
            );
          assert.deepEqual(await endOf(one), expected);
        },
      ),
      100,
    );
  });

  it('are the same whether they are handled as they came or scrubbed', async () => {
    const [direct, later] = [await world(3), await world(3)];
    for (const event of events) {
      await direct.record(event);
      const text = await scrubbed(later.feedback(event), async () => keyOf);
      assert.doesNotMatch(text, /@|example/);
      const { deliveryEvent: again } = unscrubbed(text) ?? {};
      assert.ok(again);
      await later.record(again);
    }
    assert.deepEqual(await endOf(later), await endOf(direct));
  });
});

describe('a scrubbed event', () => {
  it('of acceptance alone is read again as it was', async () => {
    const { feedback } = await world(1);
    const { deliveryEvent: _, ...acceptance } = feedback(event('DELIVERED', [0]));
    assert.deepEqual(unscrubbed(await scrubbed(acceptance, async () => keyOf)), acceptance);
  });

  it('is told from anything else, and refused where it is of another version', () => {
    for (const body of ['', 'text', '{}', '{"eventType":"Send"}', '[1]']) assert.equal(unscrubbed(body), undefined);
    for (const body of ['{"scrubbedFeedback":2}', '{"scrubbedFeedback":1}'])
      assert.throws(() => unscrubbed(body), PoisonMessage);
  });
});
