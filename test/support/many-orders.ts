import assert from 'node:assert/strict';
import type { StageUnderTest } from './stage.ts';

/** On a busy machine, a message may come again after the visibility timeout of its queue, which is three minutes. */
const SENT_WITHIN_MS = 400_000;

/** Places orders, some at the same time, and asserts that every message of them is sent, each once. */
export async function sentAtOnce(stage: StageUnderTest, count: number, atOnce: number): Promise<void> {
  const orders = Array.from({ length: count }, () => stage.anOrder());
  const placed = new Map<string, (typeof orders)[number]>();
  const queue = orders.values();
  const customer = async (): Promise<void> => {
    for (const order of queue) {
      const answer = await stage.acme.place(order);
      assert.equal(answer.status, 201);
      placed.set(answer.json.orderId as string, order);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, customer));
  assert.equal(placed.size, count);
  for (const orderId of placed.keys()) await stage.acme.settled(orderId, 'SENT', SENT_WITHIN_MS);
  await stage.sentOnce(...placed);
}
