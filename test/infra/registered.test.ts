import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import * as registered from '#infra/domains.ts';
import type { AddLanes } from '#infra/lanes/platform.ts';
import { ENV } from '#shared/names.ts';
import {
  platformTemplate,
  type Resource,
  resourcesOf,
  type Template,
  templateWith,
  withoutHashes,
} from '#test/support/template.ts';

/**
 * What `infra/domains.ts` registers, whatever it is. The lists of the other tests are those of the platform. Those about
 * every queue, alarm and timeout (`template`, `alarms`, `numbers`) include what is registered.
 */

/** Resources of the platform that list what the stage has: its graphs, and its public routes with their limit. */
const LISTS = ['AWS::CloudWatch::Dashboard', 'AWS::ApiGatewayV2::Stage'];

/** These drain, pause or send to the queues of all subscribers, so their variables and roles list them. */
const isOfAllSubscribers = (id: string): boolean => /^(collectdeadletters|runredrive|watchlanes)/.test(id);

/** Actions of `commandPorts`, `commandSubscriber` and `subscriberHandler`. None sends, publishes or deletes a row. */
const USUAL: ReadonlySet<string> = new Set([
  ...['BatchGetItem', 'ConditionCheckItem', 'GetItem', 'PutItem', 'UpdateItem'].map((action) => `dynamodb:${action}`),
  ...['ChangeMessageVisibility', 'DeleteMessage', 'GetQueueAttributes', 'GetQueueUrl', 'ReceiveMessage'].map(
    (action) => `sqs:${action}`,
  ),
  'sqs:SendMessage',
  'secretsmanager:GetSecretValue',
  'kms:Decrypt',
  'logs:CreateLogStream',
  'logs:PutLogEvents',
]);

/** Variables that list what the stage has: the types of messages that an endpoint may subscribe to, and all subscribers. */
const LISTING: readonly string[] = [ENV.domainEventTypes, ENV.subscriberNames];

const textOf = (resource: Resource | undefined): string | undefined =>
  JSON.stringify(resource, (name, value) => (LISTING.includes(name) ? undefined : value));

/** Ids of resources that differ in the other template. */
function changedIn(all: Template, part: Template): string[] {
  const [other, { Resources }] = [withoutHashes(all), withoutHashes(part)];
  return Object.entries(Resources)
    .filter(([id, { Type }]) => !LISTS.includes(Type) && !isOfAllSubscribers(id))
    .filter(([id, resource]) => textOf(other.Resources[id]) !== textOf(resource))
    .map(([id]) => id);
}

describe('the platform in stage prod', () => {
  it('is the same whatever is registered', () => {
    assert.deepEqual(
      changedIn(
        templateWith('prod', (settings) => settings),
        platformTemplate('prod'),
      ),
      [],
    );
  });
});

for (const [name, addLanes] of Object.entries<AddLanes>(registered)) {
  describe(`${name} in stage prod`, () => {
    let platform: Template;
    let alone: Template;
    before(() => {
      platform = platformTemplate('prod');
      alone = templateWith('prod', (settings) => settings, { domains: [addLanes] });
    });
    const added = (type: string) => resourcesOf(alone, type).filter(([id]) => !(id in platform.Resources));

    it('is the same whatever else is registered', () => {
      assert.deepEqual(
        changedIn(
          templateWith('prod', (settings) => settings),
          alone,
        ),
        [],
      );
    });

    it('adds functions, which may do on named resources what commands and subscribers need, and nothing else', () => {
      assert.ok(added('AWS::Lambda::Function').length > 0);
      for (const [id, { Properties }] of added('AWS::IAM::Policy')) {
        const { Statement: statements } = Properties.PolicyDocument as { Statement: Record<string, unknown>[] };
        for (const { Effect, Action, Resource, NotResource } of statements) {
          assert.deepEqual([Effect, NotResource, [Resource].flat().includes('*')], ['Allow', undefined, false], id);
          const unusual = [Action].flat().filter((one) => !USUAL.has(String(one)));
          assert.deepEqual(unusual, [], `${id}: if it needs this, add it to the list with the reason`);
        }
      }
    });

    it('returns a message that it cannot handle to the queue, not the whole batch', () => {
      for (const [id, { Properties }] of added('AWS::Lambda::EventSourceMapping'))
        assert.deepEqual(Properties.FunctionResponseTypes, ['ReportBatchItemFailures'], id);
    });
  });
}
