import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fairOrder } from '#infra/local/engines/fair-queue.ts';

/** `a1 a2 b1`: two messages of group a, one of group b. */
const queue = (text: string) =>
  text.split(' ').map((id) => ({ id, messageGroupId: id.startsWith('-') ? undefined : id[0] }));
const order = (waiting: string, inFlight: string, count: number): string =>
  fairOrder(queue(waiting), [...inFlight], count)
    .map(({ id }) => id)
    .join(' ');

describe('A fair queue', () => {
  it('takes from the groups in turn, each oldest first, and leaves the rest as it was', () => {
    assert.equal(order('a1 a2 a3 a4 b1 c1', '', 4), 'a1 b1 c1 a2 a3 a4');
    assert.equal(order('a1 a2 b1', '', 1), 'a1 a2 b1');
  });
  it('prefers groups that have less in flight', () => {
    assert.equal(order('a1 a2 b1 b2', 'aab', 3), 'b1 a1 b2 a2');
    assert.equal(order('a1 b1', 'aaaaa', 10), 'b1 a1');
  });
  it('takes messages without a group for one group', () => {
    assert.equal(order('-1 -2 -3 a1', '', 2), '-1 a1 -2 -3');
  });
  it('changes nothing within one group', () => {
    assert.equal(order('a3 a1 a2', 'aaa', 2), 'a3 a1 a2');
  });
});
