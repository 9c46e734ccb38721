import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Attempt, Notification } from '#shared/notification/notification.ts';
import { ends, settledUnknowns } from '#test/faults/campaign/unknowns.ts';
import { AT, attempt, healthy, held, mail, row, sent, text, unknown } from './facts.ts';

describe('Unknown outcomes', () => {
  const settled = (...cases: [Notification, arrived: number][]) => {
    const facts = healthy();
    facts.counted = [];
    facts.notifications = cases.map(([notification], index) => ({
      ...row(notification.channel === 'sms' ? 'sms' : 'email', index),
      recipients: [`recipient ${index}`],
      notification,
    }));
    facts.emails = cases.flatMap(([{ channel }, count], index) =>
      channel === 'email'
        ? Array.from({ length: count }, () => ({
            ...mail(),
            tags: { tenant: 'acme', notification: `order_o1_1-${index}` },
          }))
        : [],
    );
    facts.texts = cases.flatMap(([{ channel }, count], index) =>
      channel === 'sms' ? Array.from({ length: count }, () => ({ ...text(), to: [`recipient ${index}`] })) : [],
    );
    return facts;
  };
  const accepted = attempt('two', { outcome: 'accepted', settledAt: AT });
  const byEvent = attempt('one', { outcome: 'accepted', reason: 'LEASE_OVER', settledAt: AT });
  const asSent = (attempts: Attempt[]): Notification => ({ ...sent('email', 'm'), attempts });

  it('are counted by how they were settled, for each attempt', () => {
    const facts = settled(
      [sent('email', 'm'), 1],
      [asSent([byEvent]), 1],
      [asSent([unknown, accepted]), 1],
      [asSent([unknown, byEvent]), 1],
      [held('email', 'UNKNOWN_AGAIN', [unknown, unknown]), 0],
      [held('sms', 'POLICY', [unknown]), 1],
      [held('sms', 'POLICY', [unknown]), 0],
    );
    assert.deepEqual(Object.fromEntries(settledUnknowns(facts)), {
      'email SENT, by the provider’s event': 2,
      'email resent, because evidence was missing': 3,
      'email HELD, UNKNOWN_AGAIN; it was not accepted': 1,
      'sms HELD, POLICY; it was accepted': 1,
      'sms HELD, POLICY; it was not accepted': 1,
    });
    assert.deepEqual(Object.fromEntries(ends(facts)), {
      'email SENT': 4,
      'email HELD, UNKNOWN_AGAIN': 1,
      'sms HELD, POLICY': 2,
    });
  });
});
