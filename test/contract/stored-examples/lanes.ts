import { handledStore } from '#shared/adapters/aws/dynamodb/handled.ts';
import type { Item } from '#shared/adapters/aws/dynamodb/items.ts';
import { READINGS, READINGS_KEY, type Readings } from '#shared/lane/readings.ts';
import { SORT_KEY } from '#shared/names.ts';
import type { TestTable } from '#test/support/table.ts';
import type { Stage } from './stage.ts';

/** The figures of all lanes, the messages that were handled, and the pauses of subscribers. */
export async function lanes(
  table: TestTable,
  { clock, ask, store, itemAt }: Stage,
): Promise<Record<'lanes' | 'handled' | 'pauses', Record<string, Item>>> {
  const now = clock.now();
  const at = new Date(now).toISOString();
  const queue = { waiting: 3, inFlight: 1, delayed: 0, waitingSince: at };
  const rates = { handled: 120, changePerMinute: 3, inPerMinute: 23, outPerMinute: 20 };
  const state: Readings = {
    measuredAt: at,
    subscribers: {
      'send-email': { subscriberId: 'send-email', retentionSeconds: 1_209_600, mapping: 'enabled', ...queue, ...rates },
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
  for (const [subscriber, messages] of [
    ['send-email', 100],
    ['record-feedback', 7],
    ['send-email', 20],
  ] as const)
    await handledStore(table).add(subscriber, messages);
  const act = (action: string, subscriber: string, body: object) =>
    ask(`POST /subscribers/{subscriber}/${action}`, `${action} ${subscriber}`, body, { subscriber });
  await act('pause', 'send-email', { reason: 'A test.', owner: 'mail team' });
  await act('pause', 'send-sms', { reason: 'A test.' });
  await act('resume', 'send-sms', {});
  return {
    handled: { counted: await itemAt('#handled#stage', SORT_KEY.state) },
    lanes: { measured: await itemAt('#lanes#stage', SORT_KEY.state) },
    pauses: { 'one paused, one to be resumed': await itemAt('#pauses#stage', SORT_KEY.state) },
  };
}
