import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EMAIL_FEEDBACK_SUBSCRIBER } from '#shared/names.ts';
import { type DeadLetterRecord, deadLetterIdOf } from '#shared/once/dead-letter.ts';
import { marked, resolved } from '#shared/once/redriven-letter.ts';
import { FEED } from '#shared/settlement/feed.ts';
import { emailFeedWatch } from '#shared/settlement/feed-watch.ts';
import { memoryProvider } from '#test/support/memory/memory-provider.ts';
import { memoryStore } from '#test/support/memory/memory-store.ts';
import { countedRandomness, memoryLog } from '#test/support/ports.ts';

const DIED_AT = Date.UTC(2026, 10, 30, 9);
const MINUTE_MS = 60_000;

/** A feed with one event that became a dead letter. */
async function feedWithLetter() {
  const store = memoryStore();
  const letter = {
    ...{ subscriber: EMAIL_FEEDBACK_SUBSCRIBER, id: 'event-1', reason: 'NOT_JSON' },
    detail: 'The message is not JSON.',
  };
  await store.recordDeadLetter(letter, DIED_AT);
  const watch = emailFeedWatch({
    states: store.statesOf(FEED),
    queueDepth: async () => 0,
    deadLetters: store,
    provider: memoryProvider(),
    probeAddress: 'probe@sink.example',
    random: countedRandomness(),
    log: memoryLog(),
  });
  const change = (changed: (before: DeadLetterRecord | undefined) => DeadLetterRecord | undefined) =>
    store.changeDeadLetter(deadLetterIdOf(letter), changed);
  return { isDrained: watch.isDrained, change };
}

describe('the feed of events is not drained', () => {
  it('while one of its events is a dead letter, or is being redriven', async () => {
    const { isDrained, change } = await feedWithLetter();
    const at = new Date(DIED_AT).toISOString();
    assert.equal(await isDrained(DIED_AT), false);
    await change(marked({ generation: 1, redriveId: 'redrive-1', actor: 'ada', at }));
    assert.equal(await isDrained(DIED_AT), false);
    await change(resolved(1, at));
    assert.equal(await isDrained(DIED_AT), true, 'its subscriber has handled it');
  });

  it('after a person has discarded one of its events, which no one has read', async () => {
    const { isDrained, change } = await feedWithLetter();
    await change((before) => before && { ...before, status: 'discarded' });
    assert.equal(await isDrained(DIED_AT), false);
    assert.equal(await isDrained(DIED_AT + 2 * MINUTE_MS), true, 'it died before the message was first claimed');
  });
});
