import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Subscriber } from '#infra/constructs/subscriber.ts';
import type { AddLanes } from '#infra/lanes/platform.ts';
import { FUNCTION } from '#shared/names.ts';
import { templateWith } from '#test/support/template.ts';

/** More subscribers, which use the bundle of a function that there is. */
const moreSubscribers: AddLanes = (scope, { stage, topic }) => {
  for (let number = 0; number < 12; number += 1)
    new Subscriber(scope, {
      ...{ stage, topic, name: FUNCTION.requestWebhooks, subscriberId: `subscriber-${number}`, maxConcurrency: 2 },
      environment: {},
      filter: { type: [] },
    });
};

describe('the variables of a function', () => {
  it('are refused in one sentence if they are longer than Lambda allows', () => {
    assert.throws(
      () => templateWith('local', (settings) => settings, { domains: [moreSubscribers] }),
      /^(?:Error: )?collect-dead-letters has up to \d+ bytes of variables, \d+ of them in DEAD_LETTER_QUEUES, and Lambda allows 4096\. Remove a subscriber/m,
    );
  });
});
