import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openChanges, pauseAfter } from '#console/live/changes.ts';
import type { Listener, Target } from '#console/live/connection.ts';

describe('the changes that a page listens to', () => {
  it('are connected again with the token that the session has then', (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    let token = 'first';
    const used: string[] = [];
    const listeners: Listener[] = [];
    const connectTo = (target: Target, listener: Listener): (() => void) => {
      used.push(target.token());
      listeners.push(listener);
      return () => undefined;
    };
    const target = { url: 'ws://x', host: 'x', channel: '/tenants/acme/hints', token: () => token };
    const { end } = openChanges(target, { random: () => 0, connectTo });
    listeners.at(-1)?.onLive();
    token = 'renewed';
    listeners.at(-1)?.onEnd();
    context.mock.timers.tick(pauseAfter(0, 0));
    assert.deepEqual(used, ['first', 'renewed']);
    end();
  });

  it('may have been missed when the connection begins and when it is lost, but not when an attempt fails', (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const listeners: Listener[] = [];
    const connectTo = (_: Target, listener: Listener): (() => void) => {
      listeners.push(listener);
      return () => undefined;
    };
    const target = { url: 'ws://x', host: 'x', channel: '/tenants/acme/hints', token: () => 'x' };
    const { changes, end } = openChanges(target, { random: () => 0, connectTo });
    const heard: unknown[] = [];
    changes.listen((changed) => heard.push(changed));
    listeners.at(-1)?.onEnd();
    assert.deepEqual([heard, changes.isLive()], [[], false]);
    listeners.at(-1)?.onLive();
    assert.deepEqual([heard, changes.isLive()], [[undefined], true]);
    listeners.at(-1)?.onEnd();
    assert.deepEqual([heard, changes.isLive()], [[undefined, undefined], false]);
    end();
  });
});
