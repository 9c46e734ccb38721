import { describe, it } from 'node:test';
import { READING, type ReadingEvent, readingDecider } from '#functions/reader/decider.ts';
import { counter, READER, readerKey } from '#functions/reader/projection.ts';
import { stateItem } from '#shared/adapters/aws/dynamodb/items.ts';
import type { Subject } from '#shared/messaging/identity.ts';
import { assertApproved } from '#test/support/approved.ts';
import { TERMS } from '#test/support/requested.ts';

/** Approve a new version with `UPDATE_APPROVED=1 node --test test/contract/reader-shapes.test.ts`. */
describe('what the e-book reader stores and sends', () => {
  const access = { readerId: 'ada', bookId: 'emma', page: 1 };
  const accessed: ReadingEvent = { type: 'PageAccessed', data: access };
  const reading = readingDecider.evolve(undefined, accessed);
  const key = { tenant: 'acme', type: READING.name, id: 'reading1' };
  const row = (of: Subject, { written }: { written: number }, state: object) =>
    stateItem(of, { schemaVersion: written, version: 1, state });

  it('is approved: the row of a reading', () => assertApproved('reader/row.reading.v1', row(key, READING, reading)));

  it('is approved: the row of a reader', () =>
    assertApproved(
      'reader/row.reader.v1',
      row(readerKey('acme', 'ada'), READER, { readerId: 'ada', pageAccesses: 1 }),
    ));

  it('is approved: the message about a discount', () => {
    const context = { key: readerKey('acme', 'ada'), now: 0 };
    const before = { readerId: 'ada', pageAccesses: 999 };
    const decision = counter.decide({ type: 'CountPage' }, before, context);
    const events = decision.kind === 'accepted' ? decision.events : [];
    const after = events.reduce(counter.evolve, before);
    const announced = { ...context, version: 1000, correlationId: 'c', commandId: 'k', terms: undefined };
    assertApproved(
      'reader/message.counterfoil.reader.discount-granted.v1',
      counter.announce(events, after, announced).messages,
    );
  });

  it('is approved: the message about an access', () => {
    const context = { key, now: 0, version: 1, correlationId: 'c', commandId: 'k', terms: TERMS };
    assertApproved(
      'reader/message.counterfoil.page.accessed.v1',
      readingDecider.announce([accessed], reading, context).messages,
    );
  });
});
