import type { Item } from '#shared/adapters/aws/dynamodb/items.ts';
import { SORT_KEY } from '#shared/names.ts';
import { dueOf } from '#shared/replay/decider.ts';
import { REPLAY, type Replay, replayKey } from '#shared/replay/replay.ts';
import type { Stage } from './stage.ts';

/** The generations of the list of orders, and a replay in the forms that its row takes. */
export async function replays({
  clock,
  ask,
  store,
  itemAt,
}: Stage): Promise<Record<'projection' | 'replay', Record<string, Item>>> {
  const generations = () => itemAt('#projection#orders', SORT_KEY.state);
  const start = async (key: string, scope: object) => {
    const { replayId } = await ask<{ replayId: string }>('POST /replays', key, { projection: 'orders', ...scope });
    return { replayId, row: () => itemAt('#stage#replays', `REPLAY#${replayId}`) };
  };
  const first = await start('replay', {});
  const [building, queued] = [await generations(), await first.row()];
  await ask('POST /replays/{replayId}/stop', 'stop', {}, { replayId: first.replayId });
  const [idle, stopped] = [await generations(), await first.row()];
  const second = await start('replay of a tenant', { tenant: 'acme', from: '2026-01-01T00:00:00Z' });
  const [buildingTenant, ofTenant] = [await generations(), await second.row()];
  const at = new Date(clock.now()).toISOString();
  const written = async (change: Partial<Replay>): Promise<Item> => {
    const key = replayKey(second.replayId);
    const stored = await store.statesOf(REPLAY).read(key);
    if (!stored) throw new Error('The replay was not started.');
    const state: Replay = { ...stored.state, ...change };
    const due = dueOf(state);
    const { schemaVersion, version } = stored;
    const next = { schemaVersion, version: version + 1, state, ...(due && { due }) };
    await store.statesOf(REPLAY).replace(key, version, next);
    return second.row();
  };
  const skipped = {
    tenant: 'acme',
    subject: 'order/o1',
    id: 'envelope-1',
    reason: 'MALFORMED',
    detail: 'What is wrong.',
  };
  const counts = { examined: 500, messages: 20, written: 10, copied: 1, deleted: 0 };
  const position = JSON.stringify({ pk: 'acme#order#o1', sk: 'STATE' });
  const walking = await written({
    step: 'building',
    position,
    counts,
    skipped: { count: 1, named: [skipped] },
    failures: 1,
  });
  const failed = await written({ status: 'failed', step: 'settling', reason: 'STORE_UNAVAILABLE', endedAt: at });
  const { dueAt: _dueAt, ...done } = { dueAt: 0 };
  const finished = await written({ ...done, status: 'done', step: 'finished', switchedAt: at, endedAt: at });
  return {
    projection: { building, 'building one tenant': buildingTenant, idle },
    replay: { queued, 'of a tenant': ofTenant, building: walking, stopped, failed, finished },
  };
}
