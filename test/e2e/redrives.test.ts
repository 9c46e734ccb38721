import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it, type TestContext } from 'node:test';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import * as v from 'valibot';
import { dryRunSchema, redriveProgressSchema, redriveSchema } from '#shared/redrive/responses.ts';
import { customerOf } from '#test/support/api.ts';
import { eventually } from '#test/support/eventually.ts';
import { openStage, type StageUnderTest } from '#test/support/stage.ts';

describe('a redrive over HTTP', () => {
  let stage: StageUnderTest;
  let operator: ReturnType<typeof customerOf>;
  before(async () => {
    stage = await openStage();
    operator = customerOf(stage.outputs, stage.outputs.tokens.operator);
  });
  after(() => stage.stop());

  /** Puts a message that is not an event into a queue of the local cloud, and waits for its dead letter. */
  async function aDeadLetter(t: TestContext): Promise<string | undefined> {
    const endpoint: string | undefined = stage.outputs.endpoints.sqs;
    if (endpoint === undefined) {
      t.skip('Only a local cloud lets a test write into its queues.');
      return undefined;
    }
    const credentials = { accessKeyId: 'operator', secretAccessKey: 'operator' };
    const sqs = new SQSClient({ endpoint, region: 'eu-central-1', credentials });
    const from = new Date().toISOString();
    const MessageBody = `not an event ${randomUUID()}`;
    await sqs.send(
      new SendMessageCommand({ QueueUrl: stage.outputs.queues['project-orders']?.url ?? '', MessageBody }),
    );
    sqs.destroy();
    return eventually('the dead letter', async () => {
      const { json } = await operator.call('GET', `/dead-letters?subscriber=project-orders&from=${from}`);
      return (json.deadLetters as { deadLetterId: string }[])[0]?.deadLetterId;
    });
  }

  const post = (path: string, body: object = {}, key: string = randomUUID()) =>
    operator.call('POST', path, { key, body });

  it('is planned and started, and each step has an audit entry', async (t) => {
    const deadLetterId = await aDeadLetter(t);
    if (deadLetterId === undefined) return;
    const selection = { ids: [deadLetterId] };
    const dry = await post('/redrives', { selection, dryRun: true });
    assert.equal(dry.status, 200, dry.text);
    assert.deepEqual(v.parse(dryRunSchema, dry.json).plan.dropped, [{ reason: 'NO_MESSAGE', count: 1 }]);
    const key = randomUUID();
    const planned = await post('/redrives', { selection }, key);
    assert.equal(planned.status, 201, planned.text);
    const { redriveId } = v.parse(redriveSchema, planned.json);
    assert.deepEqual((await post('/redrives', { selection }, key)).json, planned.json);
    const started = await post(`/redrives/${redriveId}/start`);
    assert.deepEqual([started.status, started.json.status], [200, 'running'], started.text);
    const again = await post(`/redrives/${redriveId}/start`);
    assert.deepEqual([again.status, again.json.code], [409, 'REDRIVE_STARTED']);
    const ended = await eventually('its end', async () => {
      const { json } = await operator.call('GET', `/redrives/${redriveId}`);
      const redrive = v.parse(redriveProgressSchema, json);
      return redrive.status === 'done' && redrive;
    });
    assert.deepEqual([ended.plan.members, ended.counts.skipped], [1, 1]);
    assert.ok(Date.parse(ended.endedAt ?? '') > Date.parse(ended.startedAt ?? ''));
    const { json: audit } = await operator.call('GET', '/audit');
    const entries = (audit.entries as { redriveId?: string; action: string }[]).filter(
      (entry) => entry.redriveId === redriveId,
    );
    assert.deepEqual(entries.map(({ action }) => action).slice(-2), ['start-redrive', 'plan-redrive']);
  });
});
