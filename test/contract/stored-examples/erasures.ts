import type { Item } from '#shared/adapters/aws/dynamodb/items.ts';
import { type ErasureCommand, erasureDecider } from '#shared/erasure/decider.ts';
import { ERASURE, type Erasure, progressed, walkEnded } from '#shared/erasure/erasure.ts';
import { SORT_KEY } from '#shared/names.ts';
import { messageCommandId } from '#shared/once/command-id.ts';
import { executeOnce } from '#shared/once/execute.ts';
import { type Stage, TENANT } from './stage.ts';

const NO_PROGRESS = { erased: 0, named: [], visited: [] };

export async function erasures({ clock, ports, store, itemAt }: Stage): Promise<Record<ErasureExample, Item>> {
  const key = { tenant: TENANT, type: 'erasure', id: 'aaaaaaaaaaaaaaaaaaaaaaaaaa' };
  const row = (): Promise<Item> => itemAt(`${TENANT}#erasure#${key.id}`, SORT_KEY.state);
  const states = store.statesOf(ERASURE);
  let commands = 0;
  const after = async (command: ErasureCommand): Promise<Item> => {
    commands += 1;
    const commandId = messageCommandId('example', `erasure-${commands}`);
    const metadata = { correlationId: 'correlation', causationId: 'cause' };
    await executeOnce({ decider: erasureDecider, key, commandId, fingerprint: commandId, command, metadata }, ports);
    return row();
  };
  const started = async () => {
    const stored = await states.read(key);
    if (!stored) throw new Error('The erasure was not started.');
    return stored;
  };
  const written = async (next: (erasure: Erasure) => Erasure): Promise<Item> => {
    const stored = await started();
    const state = next(stored.state);
    const due = erasureDecider.due(state);
    const { schemaVersion, version } = stored;
    await states.replace(key, version, { schemaVersion, version: version + 1, state, ...(due && { due }) });
    return row();
  };
  const ended = (erasure: Erasure): Erasure => walkEnded(erasure, clock.now());
  const start = { type: 'StartErasure', scope: { customerId: 'customer-1' }, correlationId: 'correlation' } as const;
  const unreadable = { notificationId: 'order_o2_1-1', code: 'NEWER_VERSION' };
  const position = '2026-01-01T00:00:00.000Z#order_o1_1-1';
  await after(start);
  // Of the release before walks had numbers.
  const { walk: _walk, ...first } = (await started()).state;
  const [dueAt, doneAt] = [clock.now(), new Date(clock.now()).toISOString()];
  const oldRunning = await written(() => ({ ...first, status: 'RUNNING', after: position, erased: 3, dueAt }));
  const { dueAt: _dueAt, ...old } = first;
  const oldDone = await written(() => ({ ...old, status: 'DONE', erased: 4, doneAt }));
  await after(start);
  const walking = await written((erasure) =>
    progressed(erasure, { ...NO_PROGRESS, after: position, erased: 3, named: [unreadable] }),
  );
  await written(ended);
  clock.advance(1000);
  const extended = await after(start);
  await written(ended);
  await written(ended);
  const incomplete = await written(ended);
  const named = await after({ type: 'NameNotification', notificationId: 'order_o3_1-1' });
  const visited = ['order_o2_1-1', 'order_o3_1-1'];
  const done = await written((erasure) => ended(progressed(erasure, { ...NO_PROGRESS, visited })));
  return {
    RUNNING: oldRunning,
    DONE: oldDone,
    walking,
    'asked again': extended,
    incomplete,
    'with a named one': named,
    'done, looks again': done,
  };
}

type ErasureExample =
  | Erasure['status']
  | 'walking'
  | 'asked again'
  | 'incomplete'
  | 'with a named one'
  | 'done, looks again';
