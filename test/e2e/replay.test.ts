import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import * as v from 'valibot';
import type { ReplayView } from '#shared/replay/responses.ts';
import { replaySchema, replaysSchema } from '#shared/replay/responses.ts';
import { customerOf } from '#test/support/api.ts';
import { controlOf } from '#test/support/control.ts';
import { eventually } from '#test/support/eventually.ts';
import { openStage, type StageUnderTest } from '#test/support/stage.ts';

/** A replay starts within a minute, and its two pauses take twelve seconds. */
const PATIENCE_MS = 180_000;

describe('a replay over HTTP', () => {
  let stage: StageUnderTest;
  let operator: ReturnType<typeof customerOf>;
  /** Unique, so that a stage with other orders lists only those of this run. */
  const customerId = `replay-${randomUUID()}`;
  before(async () => {
    stage = await openStage();
    operator = customerOf(stage.outputs, stage.outputs.tokens.operator);
  });
  after(() => stage.stop());

  const start = (body: Record<string, unknown>, key: string = randomUUID()) =>
    operator.call('POST', '/replays', { key, body });
  const replay = async (replayId: string): Promise<ReplayView> => {
    const { status, json } = await operator.call('GET', `/replays/${replayId}`);
    assert.equal(status, 200, JSON.stringify(json));
    return v.parse(replaySchema, json);
  };
  const listed = async (): Promise<string> => {
    const { status, text } = await stage.acme.call('GET', `/orders?${new URLSearchParams({ customerId })}`);
    assert.equal(status, 200, text);
    return text;
  };
  /** The schedule runs the function every minute. A resumed schedule runs it at once. */
  const hurry = async (): Promise<void> => {
    if (stage.outputs.controlUrl === undefined) return;
    const control = controlOf(stage.outputs);
    await control.pause('run-replay');
    await control.resume('run-replay');
  };
  const until = (replayId: string, isReached: (replay: ReplayView) => boolean): Promise<ReplayView> =>
    eventually(
      `replay ${replayId}`,
      async () => {
        const current = await replay(replayId);
        return isReached(current) && current;
      },
      PATIENCE_MS,
    );

  it('builds the list of orders again, which is then the same, and deletes the old rows', async () => {
    for (let count = 0; count < 3; count += 1) await stage.acme.place({ ...stage.anOrder(), customerId });
    const before = await eventually('three orders in the list', async () => {
      const text = await listed();
      return JSON.parse(text).orders.length === 3 && text;
    });
    const { status, json, headers } = await start({ projection: 'orders' });
    assert.equal(status, 202, JSON.stringify(json));
    const replayId = String(json.replayId);
    assert.equal(headers.get('location'), `/replays/${replayId}`);
    assert.partialDeepStrictEqual(json, { projection: 'orders', status: 'running', step: 'queued' });
    await hurry();
    const done = await until(replayId, ({ step }) => step === 'finished');
    assert.equal(done.status, 'done');
    assert.ok(done.counts.messages >= 6 && done.counts.written >= 3 && done.counts.deleted >= 3, JSON.stringify(done));
    assert.equal(await listed(), before);
    const { json: all } = await operator.call('GET', '/replays');
    assert.ok(v.parse(replaysSchema, all).replays.some((one) => one.replayId === replayId));
  });
});
