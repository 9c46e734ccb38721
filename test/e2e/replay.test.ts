import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import * as v from 'valibot';
import type { ReplayView } from '#shared/replay/responses.ts';
import { replaySchema, replaysSchema } from '#shared/replay/responses.ts';
import { customerOf, inboxOf } from '#test/support/api.ts';
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
  let orders: ReturnType<StageUnderTest['anOrder']>[] = [];
  before(async () => {
    stage = await openStage();
    orders = [stage.anOrder(), stage.anOrder(), stage.anOrder()];
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
  /** What the outside world has received for the orders of this run. */
  const received = async (): Promise<number[]> => {
    if (stage.outputs.inboxUrl === undefined) return [];
    const inbox = inboxOf(stage.outputs);
    const { emails, sms } = { emails: await inbox.emails(), sms: await inbox.sms() };
    const own = orders.map(({ contact }) => contact);
    return [
      emails.filter(({ to }) => own.some(({ email }) => to.includes(email))).length,
      sms.filter(({ to }) => own.some(({ phone }) => to === phone)).length,
    ];
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
    for (const order of orders) await stage.acme.place({ ...order, customerId });
    const before = await eventually('three orders in the list', async () => {
      const text = await listed();
      return JSON.parse(text).orders.length === 3 && text;
    });
    // All of their messages have arrived, so nothing else arrives during the replay.
    for (const { orderId } of JSON.parse(before).orders) await stage.settled(orderId);
    const sent = await received();
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
    assert.deepEqual(await received(), sent, 'a replay sends nothing');
    const { json: all } = await operator.call('GET', '/replays');
    assert.ok(v.parse(replaysSchema, all).replays.some((one) => one.replayId === replayId));
  });

  it('is refused with the read models that exist, for other callers, and beside another one', async () => {
    const unknown = await start({ projection: 'statistics' });
    const [fault] = unknown.json.errors as { path: string; next: string }[];
    assert.deepEqual([unknown.status, fault?.path], [400, '/projection']);
    assert.match(JSON.stringify(fault), /orders/);
    const future = { projection: 'orders', from: new Date(Date.now() + 3_600_000).toISOString() };
    const tooLate = await start(future);
    assert.deepEqual([tooLate.status, tooLate.json.code], [422, 'REPLAY_FROM_FUTURE']);
    assert.match(String(tooLate.json.next), /in the past/);
    const body = { projection: 'orders' };
    assert.equal((await stage.acme.call('POST', '/replays', { key: randomUUID(), body })).status, 403);
    const { json } = await start({ projection: 'orders', tenant: 'globex' });
    const beside = await start(body);
    assert.deepEqual([beside.status, beside.json.code], [409, 'REPLAY_RUNNING']);
    const stopped = await operator.call('POST', `/replays/${json.replayId}/stop`, { key: randomUUID(), body: {} });
    assert.deepEqual([stopped.status, stopped.json.status], [200, 'stopped']);
    assert.equal((await operator.call('GET', `/replays/${'a'.repeat(26)}`)).status, 404);
  });
});
