import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { announceable, outcomeAt, outcomeCounts, withEvents } from '#shared/notification/outcomes.ts';
import type { RecipientEvent } from '#shared/recipient/recipient-event.ts';
import { checkProperty } from '#test/support/random-runs.ts';

const event = (position: number | undefined, kind: string, second = 0, code?: string): RecipientEvent => ({
  ...(position !== undefined && { position }),
  kind,
  at: new Date(Date.UTC(2026, 0, 1, 12, 0, second)).toISOString(),
  ...(code !== undefined && { code }),
});

describe('what became of a message at a recipient', () => {
  it('is the most severe of the reported ones, whichever came last', () => {
    const cases: [string[], string][] = [
      [['DELAYED'], 'DELAYED'],
      [['DELAYED', 'SOFT_BOUNCED'], 'SOFT_BOUNCED'],
      [['SOFT_BOUNCED', 'DELIVERED'], 'DELIVERED'],
      [['UNDELIVERED', 'DELIVERED'], 'DELIVERED'],
      [['BOUNCED', 'DELIVERED'], 'BOUNCED'],
      [['BOUNCED', 'COMPLAINED', 'DELIVERED'], 'COMPLAINED'],
      [['DELIVERED', 'OPENED', 'CLICKED'], 'DELIVERED'],
      [['REJECTED', 'DELAYED'], 'REJECTED'],
      [['RENDERING_FAILED'], 'RENDERING_FAILED'],
      [['UNCONFIRMED', 'DELAYED'], 'UNCONFIRMED'],
    ];
    for (const [kinds, expected] of cases) {
      const events = kinds.map((kind, second) => event(0, kind, second));
      assert.equal(outcomeAt(events, 0)?.kind, expected, kinds.join(' '));
      assert.equal(outcomeAt(events.reverse(), 0)?.kind, expected, kinds.join(' '));
    }
  });

  it('is absent without reports, or if this release knows none of them', () => {
    assert.equal(outcomeAt([event(1, 'DELIVERED'), event(undefined, 'OPENED'), event(0, 'OPENED')], 0), undefined);
    assert.equal(outcomeAt([event(0, 'INVENTED_LATER')], 0), undefined);
  });

  it('is counted for those who were written to', () => {
    const events = [event(0, 'DELIVERED'), event(1, 'BOUNCED'), event(2, 'DELIVERED'), event(3, 'COMPLAINED')];
    assert.deepEqual(outcomeCounts(events, [0, 1, 2, 4]), { DELIVERED: 2, BOUNCED: 1 });
    const unattributed = [event(undefined, 'BOUNCED'), event(undefined, 'DELAYED'), event(undefined, 'OPENED')];
    assert.deepEqual(outcomeCounts([...events, ...unattributed], [0, 2]), { DELIVERED: 2, BOUNCED: 1 }, 'once');
  });
});

describe('the outcomes of the whole message', () => {
  const cases: [string, RecipientEvent[], number[], string[]][] = [
    ['nothing at first', [], [0], []],
    ['nothing while one is awaited', [event(0, 'DELIVERED')], [0, 1], []],
    ['nothing while one is delayed', [event(0, 'DELIVERED'), event(1, 'DELAYED')], [0, 1], []],
    ['delivered', [event(0, 'DELIVERED'), event(1, 'DELIVERED')], [0, 1], ['delivered']],
    ['delivered without who was left out', [event(1, 'DELIVERED')], [1], ['delivered']],
    ['bounced at the first', [event(1, 'BOUNCED')], [0, 1], ['bounced']],
    ['both, of a mixed one', [event(0, 'DELIVERED'), event(1, 'BOUNCED')], [0, 1], ['bounced', 'delivered']],
    ['complained, by a recipient who has it', [event(0, 'COMPLAINED')], [0], ['complained', 'delivered']],
    ['rejected', [event(0, 'REJECTED'), event(1, 'REJECTED')], [0, 1], ['rejected']],
    ['rejected, of a text message', [event(0, 'UNDELIVERED')], [0], ['rejected']],
    ['bounced, at one of them', [event(undefined, 'BOUNCED'), event(0, 'DELIVERED')], [0, 1], ['bounced']],
    ['nothing of a report', [event(0, 'REPORTED'), event(0, 'NOT_SPAM'), event(undefined, 'REPORTED')], [0], []],
    ['nothing of a full mailbox', [event(0, 'SOFT_BOUNCED')], [0], []],
    ['nothing of who was not written to', [event(7, 'BOUNCED'), event(undefined, 'OPENED')], [0], []],
    ['nothing if it was sent to no one', [], [], []],
  ];
  for (const [name, events, writtenTo, expected] of cases) {
    it(name, () => assert.deepEqual(announceable(events, writtenTo), expected));
  }
});

const KINDS = ['DELIVERED', 'BOUNCED', 'SOFT_BOUNCED', 'COMPLAINED', 'DELAYED', 'REJECTED', 'OPENED'];
const anEvent = fc
  .tuple(
    fc.constantFrom(0, 1, 2, undefined),
    fc.constantFrom(...KINDS),
    fc.integer({ min: 0, max: 5 }),
    fc.constantFrom(undefined, 'General', 'MailboxFull'),
  )
  .map((parts) => event(...parts));

describe('what is known of recipients', () => {
  it('only grows, and is the same in any order and with any repetitions', () =>
    checkProperty(
      'outcomes',
      fc.property(
        fc
          .array(anEvent, { maxLength: 20 })
          .chain((events) =>
            fc.tuple(
              fc.constant(events),
              fc.shuffledSubarray([...events, ...events], { minLength: 2 * events.length }),
            ),
          ),
        ([events, shuffled]) => {
          const expected = withEvents([], events);
          assert.deepEqual(
            shuffled.reduce<RecipientEvent[]>((known, event) => withEvents(known, [event]), []),
            expected,
          );
          assert.deepEqual(withEvents(expected, shuffled), expected);
        },
      ),
    ));

  it('removes no announced outcome of the message', () =>
    checkProperty(
      'announced outcomes',
      fc.property(fc.array(anEvent, { maxLength: 20 }), anEvent, (events, more) => {
        const announced = announceable(withEvents([], events), [0, 1, 2]);
        const later = announceable(withEvents(withEvents([], events), [more]), [0, 1, 2]);
        assert.deepEqual(
          announced.filter((one) => !later.includes(one)),
          [],
        );
      }),
    ));
});
