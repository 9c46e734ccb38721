import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { plannersOf } from '#shared/adapters/aws/runtime/redrive-planners.ts';
import { NOTIFICATION_REQUESTED } from '#shared/names.ts';
import { type DeadLetter, recorded } from '#shared/once/dead-letter.ts';
import { cardIn, cardTextOf } from '#shared/once/letter-card.ts';
import type { PlannedMessage } from '#shared/once/planner.ts';
import { verdictsOf } from '#shared/redrive/verdicts.ts';
import { aLetter, aRequest } from '#test/support/redrive-world.ts';

const SEEN_AT = 1000;
const SUBSCRIBERS = 'send-email project-orders record-sms-feedback';

const textOf = (letter: DeadLetter): string => cardTextOf(recorded(undefined, letter, SEEN_AT));

/** The rows that a planning asks for, and the verdict if there are none. */
async function plannedFrom(subscriber: string, message: PlannedMessage | undefined) {
  const asked: unknown[] = [];
  const letter = { subscriber, reason: 'GIVEN_UP', ...(message !== undefined && { message }) };
  const verdicts = await verdictsOf([letter], {
    plannerOf: plannersOf(SUBSCRIBERS),
    rowsAt: async (rows) => {
      asked.push(...rows);
      return rows.map(() => undefined);
    },
  });
  return { asked, verdicts };
}

describe('the card of a dead letter', () => {
  const requests: Record<string, DeadLetter> = {
    'a message': aLetter('o1').letter,
    'a request': aRequest('order_o1_1-0').letter,
    'a request of a later version': aLetter('later', {
      subscriber: 'send-email',
      type: NOTIFICATION_REQUESTED.replace(/1$/, '9'),
    }).letter,
    'a request with empty data': aLetter('empty', { subscriber: 'send-email', type: NOTIFICATION_REQUESTED }).letter,
    'a message with long data': aLetter('o1', { data: { note: 'n'.repeat(500) } }).letter,
    'a request with an invalid id': aRequest('not an id').letter,
    'a message of another type': aLetter('other', { subscriber: 'send-email' }).letter,
    'a message whose subject has no type': (() => {
      const { letter } = aLetter('o1');
      return { ...letter, message: String(letter.message).replace('order/o1', 'o1') };
    })(),
    'a message that no row decides': aLetter('o1', { subscriber: 'record-sms-feedback' }).letter,
    'a message of an unknown subscriber': aLetter('o1', { subscriber: 'removed' }).letter,
    'an envelope where the place of an outbox row is expected': aLetter('o1', { subscriber: 'wake-due' }).letter,
  };
  for (const [name, letter] of Object.entries(requests)) {
    it(`plans ${name} like its row`, async () => {
      const card = cardIn(textOf(letter), SEEN_AT);
      assert.equal(card?.generation, 1);
      const fromRow = await plannedFrom(letter.subscriber, letter.message);
      assert.deepEqual(await plannedFrom(letter.subscriber, card.envelope), fromRow);
    });
  }

  const unreadable: Record<string, string | undefined> = {
    'no message': undefined,
    'no JSON': '{',
    'no envelope': '{"id":"o1"}',
    'an envelope of SNS': JSON.stringify({ Type: 'Notification', TopicArn: 'arn', Message: '{}' }),
    'an envelope of a later specversion': String(aLetter('o1').letter.message).replace('"1.0"', '"2.0"'),
  };
  for (const [name, message] of Object.entries(unreadable)) {
    it(`does not exist for ${name}: the row is read`, () => {
      const { message: _, ...letter } = aLetter('o1').letter;
      const text = textOf({ ...letter, ...(message !== undefined && { message }) });
      assert.deepEqual([text, cardIn(text, SEEN_AT)], ['', undefined]);
    });
  }

  it('does not count if its row was changed without it, or if another version of the row is written', () => {
    const text = textOf(aLetter('o1').letter);
    assert.equal(cardIn(text, SEEN_AT + 1), undefined);
    assert.equal(cardIn(text.replace('[1,', '[2,'), SEEN_AT), undefined);
  });

  it('has no long data', () => {
    const note = (length: number) => textOf(aLetter('o1', { data: { note: 'n'.repeat(length) } }).letter);
    assert.deepEqual(cardIn(note(10), SEEN_AT)?.envelope.data, { note: 'n'.repeat(10) });
    assert.ok(!('data' in (cardIn(note(201), SEEN_AT)?.envelope ?? assert.fail())));
  });

  it('has the generation of its row', () => {
    const { letter } = aLetter('o1');
    const again = recorded({ ...recorded(undefined, letter, SEEN_AT), status: 'resolved' }, letter, 2000);
    assert.equal(cardIn(cardTextOf(again), 2000)?.generation, 2);
  });
});
