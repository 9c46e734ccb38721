import type { Item } from '#shared/adapters/aws/dynamodb/items.ts';
import { stateStore } from '#shared/adapters/aws/dynamodb/states.ts';
import { ALARM_STATE, alarmStateKey } from '#shared/automatic-redrive/alarm-state.ts';
import {
  AUTOMATIC_REDRIVE,
  type AutomaticRedrive,
  automaticRedriveKey,
} from '#shared/automatic-redrive/automatic-redrive.ts';
import { type AutomaticCommand, automaticDecider, type Situation } from '#shared/automatic-redrive/decider.ts';
import type { TestTable } from '#test/support/table.ts';
import type { Stage } from './stage.ts';

type Rows = Record<'automaticredrive' | 'alarmstate', Record<string, Item>>;

/** The automatic redrives of a group in each status, and the state of the alarm. */
export async function automaticRedrives(table: TestTable, { clock, itemAt }: Stage): Promise<Rows> {
  const key = automaticRedriveKey('group-1');
  const store = stateStore(table, AUTOMATIC_REDRIVE);
  const pace = { coolDownMs: 1000, calmMs: 60_000 };
  let state: AutomaticRedrive | undefined;
  let version = 0;
  const after = async (command: AutomaticCommand): Promise<Item> => {
    clock.advance(1000);
    const decision = automaticDecider.decide(command, state, { key, now: clock.now() });
    for (const event of decision.kind === 'accepted' ? decision.events : [])
      state = automaticDecider.evolve(state, event);
    if (!state) throw new Error('Nothing was decided.');
    const due = automaticDecider.due(state);
    await store.replace(key, version, { schemaVersion: 1, version: version + 1, state, ...(due && { due }) });
    version += 1;
    return itemAt('#stage#automaticredrives', 'AUTOMATICREDRIVE#group-1');
  };
  const review = (over: Partial<Situation>): AutomaticCommand => ({
    type: 'Review',
    situation: { open: 1, left: [], isTransient: true, isTaken: false, isPaused: false, redrive: 'missing', ...over },
    pace,
  });
  const waiting = await after({ type: 'SeeFailures', fingerprint: 'group-1', alarm: 'dead-letters', pace });
  const redriving = await after(review({}));
  const givenUp = await after({ type: 'RefuseRound', because: 'TOO_MANY_MEMBERS', pace });
  const calm = await after(review({ open: 0 }));
  const ended = await after({ type: 'SwitchOff' });
  const change = { alarm: 'dead-letters', value: 'ALARM', at: clock.now() } as const;
  await stateStore(table, ALARM_STATE).replace(alarmStateKey, 0, { schemaVersion: 1, version: 1, state: change });
  return {
    automaticredrive: { waiting, redriving, 'given up': givenUp, calm, ended },
    alarmstate: { 'in alarm': await itemAt('#stage#automaticredrives', 'ALARMSTATE#dead-letters') },
  };
}
