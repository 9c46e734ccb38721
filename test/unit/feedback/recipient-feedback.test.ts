import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { recordDeliveryEvent } from '#shared/feedback/recipient-feedback.ts';
import type { RecipientEvent } from '#shared/recipient/recipient-event.ts';
import { PROBE_ID } from '#shared/settlement/feed.ts';
import { figuresOf } from '#shared/statistics/figures.ts';
import { addressOf, at, event, keyOf, NOW, sentNotification, TENANT } from './sent-notification.ts';

describe('a provider’s event about recipients', () => {
  it('is recorded by position, and announced once for the message', async () => {
    const { record, outcomes, announced, notification } = await sentNotification(2);
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

  it('suppresses recipients after a permanent bounce or a complaint, and no others', async () => {
    const { record, suppressed, announced, store, key } = await sentNotification(5);
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

  it('does not suppress a recipient again whose suppression was lifted after the event', async () => {
    const { record, suppressed, store } = await sentNotification(1);
    await record(event('BOUNCED', [0], 5));
    await store.liftSuppression(TENANT, keyOf(TENANT, 'email', addressOf(0)), NOW + 60_000);
    await record(event('COMPLAINED', [0], 30));
    assert.deepEqual(await suppressed(), []);
    await record(event('COMPLAINED', [0], 90));
    assert.deepEqual(await suppressed(), [0], 'that one happened later');
  });

  it('that is only reported, or corrected, is shown and changes no outcome', async () => {
    const { record, outcomes, suppressed, announced, notification } = await sentNotification(1);
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

  it('does not wait for recipients who were left out', async () => {
    const accepted = {
      nonce: 'n1',
      claimedAt: at(0),
      outcome: 'accepted',
      providerMessageId: 'm1',
      leftOut: [1],
    } as const;
    const { record, announced } = await sentNotification(2, { attempts: [accepted] });
    await record(event('DELIVERED', [0]));
    assert.deepEqual(await announced(), ['counterfoil.notification.delivered.v1']);
  });

  it('proves that its attempt was accepted if it arrives first', async () => {
    const status = { status: 'UNKNOWN', reason: 'TIMEOUT', since: at(2), deadline: NOW + 60_000 } as const;
    const attempts = [{ nonce: 'n1', claimedAt: at(0), outcome: 'unknown', settledAt: at(2) }] as const;
    for (const kind of ['DELIVERED', 'BOUNCED', 'COMPLAINED', 'DELAYED'] as const) {
      const { record, notification } = await sentNotification(1, { ...status, attempts });
      await record(event(kind, [0]));
      const { status: now, attempts: known } = await notification();
      assert.equal(now, 'SENT', kind);
      assert.deepEqual(
        [known[0]?.outcome, known[0]?.settledAt, known[0]?.providerMessageId],
        ['accepted', at(1), 'm1'],
      );
    }
  });

  it('about an unknown notification or attempt is reported as such, and records nothing; so does a probe', async () => {
    const { record, outcomes } = await sentNotification(1);
    assert.equal(await record(event('BOUNCED', [0]), { notificationId: 'order_other_1-1' }), 'no-such-notification');
    assert.equal(await record(event('BOUNCED', [0]), { tenant: 'globex' }), 'no-such-notification');
    assert.equal(await record(event('BOUNCED', [0]), { attemptNonce: 'forged' }), 'no-such-attempt');
    assert.equal(await record(event('DELIVERED', [0]), { tenant: PROBE_ID, notificationId: PROBE_ID }), 'probe');
    assert.deepEqual(await outcomes(), []);
  });

  it('is announced although the environment that recorded it died before it announced it', async () => {
    const { record, announced, ports, feedback, suppressed } = await sentNotification(1);
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

  it('is announced once for fifty simultaneous events', async () => {
    const { ports, feedback, announced } = await sentNotification(50);
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
