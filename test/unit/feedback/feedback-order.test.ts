import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { DeliveryEvent } from '#shared/feedback/recipient-feedback.ts';
import { scrubbed, unscrubbed } from '#shared/feedback/scrubbed-feedback.ts';
import { PoisonMessage } from '#shared/messaging/parse.ts';
import { checkProperty } from '#test/support/random-runs.ts';
import { at, event, keyOf, sentNotification } from './sent-notification.ts';

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
  const endOf = async ({
    outcomes,
    suppressed,
    announced,
    notification,
  }: Awaited<ReturnType<typeof sentNotification>>) => {
    const { outcomes: announcedOutcomes, ...rest } = await notification();
    return {
      events: await outcomes(),
      suppressed: (await suppressed()).sort(),
      announced: await announced(),
      outcomes: [...(announcedOutcomes ?? [])].sort(),
      rest,
    };
  };

  it('end in the same rows and messages in any order, repeated and simultaneous', async () => {
    const inOrder = await sentNotification(3);
    for (const event of events) await inOrder.record(event);
    const expected = await endOf(inOrder);
    const indexes = [...events.keys(), ...events.keys()];
    await checkProperty(
      'feedback in any order',
      fc.asyncProperty(
        fc.shuffledSubarray(indexes, { minLength: indexes.length }),
        fc.integer({ min: 1, max: 5 }),
        async (order, atOnce) => {
          const one = await sentNotification(3);
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

  it('have the same result whether they are handled as received or scrubbed', async () => {
    const [direct, later] = [await sentNotification(3), await sentNotification(3)];
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
    const { feedback } = await sentNotification(1);
    const { deliveryEvent: _, ...acceptance } = feedback(event('DELIVERED', [0]));
    assert.deepEqual(unscrubbed(await scrubbed(acceptance, async () => keyOf)), acceptance);
  });

  it('is distinguished from anything else, and refused in another version', () => {
    for (const body of ['', 'text', '{}', '{"eventType":"Send"}', '[1]']) assert.equal(unscrubbed(body), undefined);
    for (const body of ['{"scrubbedFeedback":2}', '{"scrubbedFeedback":1}'])
      assert.throws(() => unscrubbed(body), PoisonMessage);
  });
});
