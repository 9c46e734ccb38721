import type { Readings } from '#shared/lane/readings.ts';
import type { StateKey } from '#shared/messaging/identity.ts';
import { nextVersion } from '#shared/messaging/rows.ts';
import { shapeOf } from '#shared/messaging/versions.ts';
import type { StateStore } from '#shared/once/ports.ts';
import type { AlarmChange } from './alarm-event.ts';
import { AUTOMATIC_REDRIVES } from './automatic-redrive.ts';

/** The latest known state of the dead-letter alarm. An alarm that stays on reports nothing more, so it is remembered. */
export const ALARM_STATE = shapeOf<AlarmChange>('alarmstate');

/** One alarm invokes the controller. */
export const alarmStateKey: StateKey = { ...AUTOMATIC_REDRIVES, part: { type: ALARM_STATE.name, id: 'dead-letters' } };

type Store = StateStore<AlarmChange>;

/** Remembers a change, unless a later one is known: events may arrive in another order. */
export async function rememberAlarm(change: AlarmChange, store: Store): Promise<void> {
  const before = await store.read(alarmStateKey);
  if (before && before.state.at >= change.at) return;
  const next = before
    ? nextVersion(before, change, undefined)
    : { schemaVersion: ALARM_STATE.written, version: 1, state: change };
  const { kind } = await store.replace(alarmStateKey, before?.version ?? 0, next);
  // Another event was stored in between. It is compared with this one.
  if (kind === 'conflict') await rememberAlarm(change, store);
}

/** The alarm fires when three of five minutes report a dead letter. With the delays of metrics, it is on after this time. */
const CERTAINLY_ON_MS = 600_000;
/** Older readings say nothing about the alarm. */
const FRESH_MS = 300_000;

/**
 * The change whose event was lost: the readings of the lanes contradict the state that is known. The alarm and the
 * readings count the same dead letters.
 */
export function missedChange(
  known: AlarmChange | undefined,
  { measuredAt, dead }: Pick<Readings, 'measuredAt' | 'dead'>,
  { alarm, now }: { alarm: string; now: number },
): AlarmChange | undefined {
  const at = Date.parse(measuredAt);
  if (at < now - FRESH_MS) return undefined;
  const open = Object.values(dead).filter(({ count }) => count > 0);
  if (known?.value !== 'ALARM') {
    const isOn = open.some(({ oldestAt }) => oldestAt !== undefined && oldestAt <= at - CERTAINLY_ON_MS);
    return isOn ? { alarm, value: 'ALARM', at } : undefined;
  }
  return open.length === 0 && known.at <= at - CERTAINLY_ON_MS ? { alarm, value: 'OK', at } : undefined;
}
