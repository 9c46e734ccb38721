import type { Item } from '#shared/adapters/aws/dynamodb/items.ts';
import { READINGS, READINGS_KEY, type Readings } from '#shared/lane/readings.ts';
import { SORT_KEY } from '#shared/names.ts';
import type { Stage } from './stage.ts';

/** The figures of all lanes, and the pauses of subscribers. */
export async function lanes({
  clock,
  ask,
  store,
  itemAt,
}: Stage): Promise<Record<'lanes' | 'pauses', Record<string, Item>>> {
  const now = clock.now();
  const at = new Date(now).toISOString();
  const queue = { waiting: 3, inFlight: 1, delayed: 0, waitingSince: at };
  const state: Readings = {
    measuredAt: at,
    subscribers: {
      'send-email': { subscriberId: 'send-email', retentionSeconds: 1_209_600, mapping: 'enabled', ...queue },
      'send-sms': { subscriberId: 'send-sms', retentionSeconds: 1_209_600 },
    },
    kinds: {
      outbox: { count: 2, isCapped: false, oldestDueAt: now },
      held: { count: 8000, isCapped: true },
    },
    dead: { 'send-email': { count: 1, isCapped: false, oldestAt: now } },
    circuits: { email: { openedAt: at, because: 'ACCOUNT_PAUSED' } },
  };
  const readings = { schemaVersion: READINGS.written, version: 1, state };
  await store.statesOf(READINGS).replace(READINGS_KEY, 0, readings);
  const act = (action: string, subscriber: string, body: object) =>
    ask(`POST /subscribers/{subscriber}/${action}`, `${action} ${subscriber}`, body, { subscriber });
  await act('pause', 'send-email', { reason: 'A test.', owner: 'mail team' });
  await act('pause', 'send-sms', { reason: 'A test.' });
  await act('resume', 'send-sms', {});
  return {
    lanes: { measured: await itemAt('#lanes#stage', SORT_KEY.state) },
    pauses: { 'one paused, one to be resumed': await itemAt('#pauses#stage', SORT_KEY.state) },
  };
}
