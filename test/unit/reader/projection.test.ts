import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { PAGE_ACCESSED } from '#functions/reader/decider.ts';
import { countingOf, DISCOUNT_GRANTED, DISCOUNT_PAGES, READER, readerKey } from '#functions/reader/projection.ts';
import type { Envelope } from '#shared/messaging/envelope.ts';
import { PoisonMessage } from '#shared/messaging/parse.ts';
import { executeMessage } from '#shared/once/execute-message.ts';
import { checkProperty } from '#test/support/random-runs.ts';
import { createWorld } from '#test/support/world/world.ts';

const message = (id: string, readerId: string): Envelope => ({
  specversion: '1.0',
  id,
  source: '/counterfoil/reading',
  type: PAGE_ACCESSED,
  subject: 'reading/reading1',
  time: '2026-01-01T00:00:00.000Z',
  datacontenttype: 'application/json',
  tenantid: 'acme',
  correlationid: 'correlation-1',
  causationid: 'command-1',
  sequence: '1.1',
  data: { readerId, bookId: 'emma', page: 1 },
});
const MESSAGES = [message('1', 'ada'), message('2', 'ada'), message('3', 'grace'), message('4', 'ada')];

/** A projection with nothing in it. */
function projection() {
  const { store, ports: common } = createWorld();
  const ports = { ...common(), subscriber: 'reader-projection' };
  return {
    deliver: (envelope: object) => executeMessage(JSON.stringify(envelope), countingOf, ports),
    count: async (readerId: string) =>
      (await store.statesOf(READER).read(readerKey('acme', readerId)))?.state.pageAccesses,
    /** Data of the messages about discounts. */
    discounts: () =>
      [...store.outbox.values()]
        .flatMap(({ messages }) => messages)
        .map((text): Envelope => JSON.parse(text))
        .flatMap(({ type, data }) => (type === DISCOUNT_GRANTED ? [data] : [])),
  };
}

describe('the count of a reader', () => {
  it('has each message once, however often and in which order it is delivered', async () => {
    const { deliver, count } = projection();
    for (const envelope of [...MESSAGES.toReversed(), ...MESSAGES]) await deliver(envelope);
    assert.deepEqual([await count('ada'), await count('grace'), await count('alan')], [3, 1, undefined]);
  });

  it('has each message once after any order, with repetitions, and several at a time', async () => {
    const readers = ['ada', 'grace', 'alan'];
    const drawn = fc.array(fc.record({ of: fc.nat(14), atOnce: fc.boolean() }), { maxLength: 60 });
    await checkProperty(
      'the count of a reader, in any order',
      fc.asyncProperty(drawn, async (deliveries) => {
        const { deliver, count } = projection();
        let running: Promise<unknown>[] = [];
        for (const { of, atOnce } of deliveries) {
          running.push(deliver(message(`page-${of}`, readers[of % 3] ?? '')));
          if (!atOnce) running = await Promise.all(running).then(() => []);
        }
        await Promise.all(running);
        const seen = [...new Set(deliveries.map(({ of }) => of))];
        for (const [index, reader] of readers.entries())
          assert.equal((await count(reader)) ?? 0, seen.filter((of) => of % 3 === index).length);
      }),
      50,
    );
  });

  it('is the same if the messages are delivered at the same time', async () => {
    const { deliver, count } = projection();
    await Promise.all([...MESSAGES, ...MESSAGES].map(deliver));
    assert.deepEqual([await count('ada'), await count('grace')], [3, 1]);
  });

  it('publishes that a discount is granted, once, at the thousandth page', async () => {
    const { deliver, count, discounts } = projection();
    const pages = Array.from({ length: DISCOUNT_PAGES + 1 }, (_, index) => message(`page-${index}`, 'ada'));
    for (const page of pages.slice(0, DISCOUNT_PAGES - 1)) await deliver(page);
    assert.deepEqual(discounts(), []);
    for (const page of [...pages.slice(-3), ...pages.slice(-3)]) await deliver(page);
    assert.deepEqual(discounts(), [{ readerId: 'ada', pageAccesses: DISCOUNT_PAGES }]);
    assert.equal(await count('ada'), DISCOUNT_PAGES + 1);
  });

  it('is refused a message that names no reader', async () => {
    const { deliver } = projection();
    await assert.rejects(deliver({ ...message('5', 'ada'), data: {} }), PoisonMessage);
  });
});
