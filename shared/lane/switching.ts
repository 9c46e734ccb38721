import { nextVersion, type StoredState } from '#shared/messaging/rows.ts';
import type { Clock, Log, Timer } from '#shared/messaging/system.ts';
import type { StateStore } from '#shared/once/ports.ts';
import { PAUSES_KEY, type Pauses, type Switch } from './pauses.ts';
import type { SubscriberMappings, WatchedSubscriber } from './ports.ts';

export type SwitchPorts = {
  pauses: StateStore<Pauses>;
  mappings: SubscriberMappings;
  subscribers: readonly WatchedSubscriber[];
  clock: Clock;
  timer: Timer;
  log: Log;
};

/** AWS takes seconds to enable or disable a mapping. */
const PENDING_MS = 5000;
/**
 * After a resume, the entry stays for this time, and every look is about it. An older run that has read the pause may still
 * disable the mapping. It ends within a minute.
 */
const RESUMED_MS = 300_000;

/**
 * Makes every mapping what the row says, and looks again until `until` (epoch milliseconds). An invocation that dies is
 * repeated by the next one, because the row says what is still to do. The first look is about every pause, so a mapping
 * that a deployment has enabled is disabled again. Later looks are about resumes, and what has not taken effect yet.
 * @param intervalMs pause between two looks.
 */
export async function switchUntil(until: number, intervalMs: number, ports: SwitchPorts): Promise<void> {
  const { clock, timer } = ports;
  let isPending = await switchAll(() => true, ports);
  while (true) {
    const pauseMs = isPending ? Math.min(PENDING_MS, intervalMs) : intervalMs;
    if (clock.now() + pauseMs >= until) return;
    await timer.sleep(pauseMs);
    isPending = await switchAll(({ wanted, appliedAt }) => wanted === 'running' || appliedAt === undefined, ports);
  }
}

/** @returns whether a mapping does not have the wanted state yet. */
async function switchAll(isChosen: (one: Switch) => boolean, ports: SwitchPorts): Promise<boolean> {
  const { pauses, subscribers, log } = ports;
  try {
    const stored = await pauses.read(PAUSES_KEY);
    if (!stored) return false;
    const chosen = subscribers.flatMap(({ name }) => {
      const one = stored.state.subscribers[name];
      return one && isChosen(one) ? [{ name, one }] : [];
    });
    const seen = await Promise.all(
      chosen.map(async ({ name, one }) => ({ name, one, isApplied: await isApplied(name, one, ports) })),
    );
    const news = seen.filter(({ isApplied, one }) => isApplied && (one.appliedAt === undefined || isOver(one, ports)));
    if (news.length > 0) await markApplied(stored, new Set(news.map(({ name }) => name)), ports);
    return seen.some(({ isApplied }) => !isApplied);
  } catch (error) {
    log.error('Pauses not applied; they are tried again', { error });
    return true;
  }
}

/** Whether no older run can act on the pause that this entry has ended. */
const isOver = ({ wanted, appliedAt }: Switch, { clock }: SwitchPorts): boolean =>
  wanted === 'running' && appliedAt !== undefined && clock.now() >= Date.parse(appliedAt) + RESUMED_MS;

/** Whether the mapping has the wanted state. If not, AWS is asked to change it, and the next look shows the result. */
async function isApplied(
  name: string,
  { wanted, appliedAt }: Switch,
  { mappings, log }: SwitchPorts,
): Promise<boolean> {
  const goal = wanted === 'paused' ? 'disabled' : 'enabled';
  try {
    const state = await mappings.stateOf(name);
    if (state === goal) return true;
    if (state === 'changing') return false;
    if (appliedAt !== undefined) log.warn(AGAIN[wanted], { subscriber: name });
    await mappings.turn(name, goal);
    log.info('Subscriber switched', { subscriber: name, to: goal });
  } catch (error) {
    log.error('Subscriber not switched; it is tried again', { subscriber: name, error });
  }
  return false;
}

const AGAIN = {
  paused: 'Paused subscriber was running; it is paused again',
  running: 'Resumed subscriber was disabled; it is enabled again',
} as const;

/** A subscriber that has run again for a while needs no entry. If the row was changed in the meantime, the next look marks it. */
async function markApplied(stored: StoredState<Pauses>, names: ReadonlySet<string>, ports: SwitchPorts): Promise<void> {
  const { pauses, clock } = ports;
  const appliedAt = new Date(clock.now()).toISOString();
  const entries = Object.entries(stored.state.subscribers).flatMap(([name, one]): [string, Switch][] => {
    if (!names.has(name)) return [[name, one]];
    return isOver(one, ports) ? [] : [[name, { ...one, appliedAt }]];
  });
  const next = nextVersion(stored, { subscribers: Object.fromEntries(entries) }, undefined);
  await pauses.replace(PAUSES_KEY, stored.version, next);
}
