import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type DecisionAnswer, keyOf, outcomeOf } from '#console/messages/decision.ts';

const first = { action: 'resend', by: 'anna', at: '2026-11-30T09:00:00.000Z' } as const;
const second = { action: 'cancel', by: 'ben', at: '2026-11-30T09:05:00.000Z' } as const;
const lost: DecisionAnswer = { kind: 'failed', failure: { kind: 'offline' } };
const refused: DecisionAnswer = {
  kind: 'failed',
  failure: { kind: 'problem', status: 409, title: 'NOTIFICATION_NOT_RESOLVABLE', detail: '' },
};
const decided: DecisionAnswer = { kind: 'decided', action: 'cancel', at: second.at };

describe('the key of a decision', () => {
  const sent = { key: 'sent', action: 'resend', reason: 'lost' } as const;

  it('stays the same for the same decision whose answer was lost', () => {
    assert.equal(
      keyOf(sent, 'resend', 'lost', () => 'new'),
      'sent',
    );
  });

  it('is new for another decision, and for the same one after an answer', () => {
    assert.equal(
      keyOf(undefined, 'resend', 'lost', () => 'new'),
      'new',
    );
    assert.equal(
      keyOf(sent, 'cancel', 'lost', () => 'new'),
      'new',
    );
    assert.equal(
      keyOf(sent, 'resend', 'found', () => 'new'),
      'new',
    );
  });
});

describe('the outcome of a decision', () => {
  it('is nothing before a person decides, whatever was decided before', () => {
    assert.deepEqual(outcomeOf([], 0), {});
    assert.deepEqual(outcomeOf([first], 1), {});
  });

  it('names the decision of another person, also beside a refusal', () => {
    assert.deepEqual(outcomeOf([first, second], 1), { other: second });
    assert.deepEqual(outcomeOf([first, second], 1, refused), { answer: refused, other: second });
  });

  it('is the person’s own decision, until another one follows', () => {
    assert.deepEqual(outcomeOf([first], 1, decided), { answer: decided });
    assert.deepEqual(outcomeOf([first, second], 1, decided), { answer: decided });
    const third = { ...first, at: '2026-11-30T09:10:00.000Z' };
    assert.deepEqual(outcomeOf([first, second, third], 1, decided), { other: third });
  });

  it('is unknown after a lost answer, until the message shows the decision', () => {
    assert.deepEqual(outcomeOf([first], 1, lost), { answer: lost });
    assert.deepEqual(outcomeOf([first, second], 1, lost), { other: second });
  });
});
