import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PoisonMessage } from '#shared/messaging/parse.ts';
import { handleByEach } from '#shared/once/execute-message.ts';

describe('a message that several processes wait for', () => {
  const poison = () => Promise.reject(new PoisonMessage('MALFORMED', 'It names no order.'));
  const unavailable = () => Promise.reject(new Error('no answer'));
  const counted = () => {
    const bodies: string[] = [];
    return { bodies, handle: async (body: string) => void bodies.push(body) };
  };

  it('is passed to each of them', async () => {
    const [one, other] = [counted(), counted()];
    await handleByEach('body', [one.handle, other.handle]);
    assert.deepEqual([one.bodies, other.bodies], [['body'], ['body']]);
  });

  it('reaches the others if one of them fails', async () => {
    for (const failing of [poison, unavailable]) {
      const other = counted();
      await assert.rejects(handleByEach('body', [failing, other.handle]));
      assert.deepEqual(other.bodies, ['body']);
    }
  });

  it('is set aside only if none of them has to be retried', async () => {
    for (const handlers of [
      [poison, unavailable],
      [unavailable, poison],
    ])
      await assert.rejects(handleByEach('body', handlers), /no answer/);
    await assert.rejects(handleByEach('body', [poison, counted().handle]), PoisonMessage);
  });
});
