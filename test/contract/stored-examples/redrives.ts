import type { Item } from '#shared/adapters/aws/dynamodb/items.ts';
import { stateStore } from '#shared/adapters/aws/dynamodb/states.ts';
import { executeTransition } from '#shared/once/transition.ts';
import { type RedriveCommand, redriveDecider } from '#shared/redrive/decider.ts';
import { chunkKey, packed, REDRIVE_CHUNK } from '#shared/redrive/members.ts';
import { RESERVATION, redriveKey, reservationKey } from '#shared/redrive/redrive.ts';
import { aPlan } from '#test/support/redrives.ts';
import type { TestTable } from '#test/support/table.ts';
import type { Stage } from './stage.ts';

type Rows = Record<'redrive' | 'redrivegroup' | 'redrivechunk', Record<string, Item>>;

/** A redrive in each status, with the reservation of a group and a chunk of members. */
export async function redrives(table: TestTable, { clock, ports, itemAt }: Stage): Promise<Rows> {
  const key = redriveKey('redrive-1');
  const terms = { actor: 'operator', nonce: 'redrive' };
  const after = async (command: RedriveCommand): Promise<Item> => {
    clock.advance(1000);
    const cause = { subscriber: 'test', transitionId: `${command.type} at ${clock.now()}` };
    const metadata = { correlationId: 'correlation' };
    await executeTransition({ decider: redriveDecider, key, command, terms }, { ...cause, metadata }, ports);
    return itemAt('#stage#redrives', 'REDRIVE#redrive-1');
  };
  const planned = await after({ type: 'PlanRedrive', planned: aPlan({ now: clock.now() }) });
  const running = await after({ type: 'StartRedrive' });
  const paused = await after({ type: 'PauseRedrive', reason: 'The queue is full.' });
  const resumed = await after({ type: 'ResumeRedrive' });
  const stopped = await after({ type: 'EndRedrive', because: 'TOO_MANY_FAILURES' });
  const state = { fingerprint: 'group-1', redriveId: 'redrive-1' };
  await stateStore(table, RESERVATION).replace(reservationKey('group-1'), 0, { schemaVersion: 1, version: 1, state });
  const members = packed([
    { deadLetterId: 'letter-1', generation: 1, verdict: 'handled' },
    { deadLetterId: 'letter-2', generation: 2, verdict: 'dropped', reason: 'NO_MESSAGE' },
    { deadLetterId: 'letter-3', generation: 1, verdict: 'handled', result: 'skipped', because: 'CHANGED' },
  ]);
  const chunk = { set: 'set-1', index: 0, members };
  await stateStore(table, REDRIVE_CHUNK).replace(chunkKey('set-1', 0), 0, {
    schemaVersion: 1,
    version: 1,
    state: chunk,
  });
  return {
    redrive: { planned, running, paused, resumed, stopped },
    redrivegroup: { reserved: await itemAt('#stage#redrives', 'REDRIVEGROUP#group-1') },
    redrivechunk: { 'with results': await itemAt('#redrivechunk#set-1-0', 'STATE') },
  };
}
