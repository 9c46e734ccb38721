import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Subscriber } from '#infra/constructs/subscriber.ts';
import type { AddLanes } from '#infra/lanes/platform.ts';
import { FUNCTION } from '#shared/names.ts';
import { platformTemplate, templateWith } from '#test/support/template.ts';

/** More subscribers, which use the bundle of a function that there is. */
const addSubscribers = (count: number, ...[scope, { stage, topic }]: Parameters<AddLanes>): void => {
  for (let number = 0; number < count; number += 1)
    new Subscriber(scope, {
      ...{ stage, topic, name: FUNCTION.requestWebhooks, maxConcurrency: 2 },
      subscriberId: `a-subscriber-with-a-long-name-${number}`,
      environment: {},
      filter: { type: [] },
    });
};
const tooManySubscribers: AddLanes = (...platform) => addSubscribers(12, ...platform);

/** CloudFormation's limit for the resources of a stack. */
const MOST_RESOURCES = 500;

/** As many as the resources of a stack allow. */
function mostSubscribers(): number {
  const { Resources } = platformTemplate('prod');
  const ids = Object.keys(Resources);
  const ofOne = ids.filter((id) => id.toLowerCase().includes('projectorders')).length;
  assert.ok(ofOne > 10, 'the resources of a subscriber are known by their names');
  return Math.floor((MOST_RESOURCES - ids.length) / ofOne);
}

describe('the variables of a function', () => {
  it('are refused in one sentence if they are longer than Lambda allows', () => {
    assert.throws(
      () => templateWith('local', (settings) => settings, { domains: [tooManySubscribers] }),
      /^(?:Error: )?collect-dead-letters has up to \d+ bytes of variables, \d+ of them in DEAD_LETTER_QUEUES, and Lambda allows 4096\. Remove a subscriber/m,
    );
  });

  it('leave room for as many subscribers as the resources of a stack do', () => {
    const most: AddLanes = (...platform) => addSubscribers(mostSubscribers(), ...platform);
    // All of them have the name of one function, which is refused after the variables were checked.
    assert.throws(
      () => templateWith('prod', (settings) => settings, { domains: [most] }),
      /There is already a Construct with name 'request-webhooks-queue-old'/,
    );
  });
});
