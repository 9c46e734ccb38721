import { READINGS_KEY } from '#shared/lane/readings.ts';
import type { StateKey } from '#shared/messaging/identity.ts';
import type { StoredState } from '#shared/messaging/rows.ts';
import { COUNTER } from '#shared/names.ts';
import { groupKey } from '#shared/once/dead-letter.ts';
import type { DueState } from '#shared/once/due.ts';
import { inParallel } from '#shared/once/in-parallel.ts';
import { stateWaker } from '#shared/once/wake.ts';
import { type AlarmChange, alarmChangeIn } from './alarm-event.ts';
import { alarmStateKey, missedChange, rememberAlarm } from './alarm-state.ts';
import {
  AUTOMATIC_REDRIVE,
  AUTOMATIC_REDRIVE_DUE,
  type AutomaticRedrive,
  automaticRedriveKey,
  type LeftForPerson,
} from './automatic-redrive.ts';
import { type AutomaticCommand, type AutomaticEvent, automaticDecider, isHeld, type Situation } from './decider.ts';
import type { ControllerPorts } from './ports.ts';
import { isTransient } from './transient-reasons.ts';

/** Groups that one start looks at. The others follow a minute later. */
const MOST_GROUPS = 50;
/** Groups that are counted at once. */
const COUNTED_AT_ONCE = 8;

/**
 * One start of the controller: by the alarm, or by its schedule. While the alarm is on, groups that fail for a transient
 * reason get an incident. Then every incident that is due is looked at.
 * @param until epoch milliseconds after which no incident is begun to be looked at. Those that are left are still due.
 */
export async function controlRedrives(
  event: unknown,
  until: number,
  ports: ControllerPorts,
): Promise<{ reviewed: number }> {
  const { alarmStates, due, clock } = ports;
  const change = alarmChangeIn(event);
  if (change) await rememberAlarm(change, alarmStates);
  const alarm = await alarmNow(ports);
  if (ports.isEnabled && alarm?.value === 'ALARM') await seeFailures(alarm.alarm, ports);
  const rows = await due.due(AUTOMATIC_REDRIVE_DUE, clock.now(), MOST_GROUPS);
  return { reviewed: await reviewInTurn(rows, until, ports) };
}

type DueIncident = DueState<StateKey>;

/**
 * Looks at one incident after the other, the smallest group first. A look may plan a redrive, which takes the memory and
 * the time of all dead letters of the group. So a large group keeps no other one waiting.
 */
async function reviewInTurn(rows: readonly DueIncident[], until: number, ports: ControllerPorts): Promise<number> {
  const { clock, log } = ports;
  const waker = stateWaker('Automatic redrive', (key) => review(key, ports), ports);
  const sized = await inParallel(rows, COUNTED_AT_ONCE, async (row) => ({ row, size: await sizeOf(row, ports) }));
  sized.sort((one, other) => one.size - other.size);
  let reviewed = 0;
  for (const { row } of sized) {
    // The smallest one is looked at in any case: counting may have taken the time, during an outage.
    if (reviewed > 0 && clock.now() >= until) break;
    await waker([row]);
    reviewed += 1;
  }
  if (reviewed < rows.length)
    log.warn('Groups not looked at in time; they are still due', { left: rows.length - reviewed });
  return reviewed;
}

/** Open dead letters of a group. One that cannot be counted comes last. */
async function sizeOf({ key }: DueIncident, { letterLists, log }: ControllerPorts): Promise<number> {
  const fingerprint = key.part?.id ?? '';
  try {
    return (await letterLists.gaugeOf('open', fingerprint)).count;
  } catch (error) {
    log.warn('Group of dead letters not counted', { fingerprint, error });
    return Number.POSITIVE_INFINITY;
  }
}

/** The state of the alarm that is known, or that follows from the lanes: an alarm reports a change once, and its event may be lost. */
async function alarmNow({
  alarmStates,
  readings,
  alarm,
  clock,
  log,
}: ControllerPorts): Promise<AlarmChange | undefined> {
  const [known, measured] = await Promise.all([alarmStates.read(alarmStateKey), readings.read(READINGS_KEY)]);
  const missed = measured && missedChange(known?.state, measured.state, { alarm, now: clock.now() });
  if (!missed) return known?.state;
  log.warn('Event of the dead-letter alarm missed; its state follows from the lanes', { value: missed.value });
  await rememberAlarm(missed, alarmStates);
  return missed;
}

/**
 * How long before a plan a dead letter may have been opened that was not in it. The lists lag behind their rows, and clocks
 * differ.
 */
const LAG_MS = 60_000;

/** Begins incidents, and continues those of groups that fail again. */
async function seeFailures(alarm: string, ports: ControllerPorts): Promise<void> {
  const { letterLists, automaticList, pace, log } = ports;
  const [groups, incidents] = await Promise.all([letterLists.listGroups(), automaticList.listAutomaticRedrives()]);
  const known = new Map(incidents.map((incident) => [incident.fingerprint, incident]));
  await inParallel(groups, COUNTED_AT_ONCE, async ({ fingerprint, reason }) => {
    const incident = known.get(fingerprint);
    const isBusy = incident && incident.status !== 'ended' && incident.status !== 'calm';
    if (!isTransient(reason) || isBusy) return;
    try {
      if (!(await hasFailed(fingerprint, incident?.left, ports))) return;
      await decideOn(automaticRedriveKey(fingerprint), { type: 'SeeFailures', fingerprint, alarm, pace }, ports);
    } catch (error) {
      // The other groups do not wait for this one. The alarm is still on at the next start.
      log.error('Group of dead letters not taken into automatic redrives', { fingerprint, error });
    }
  });
}

/** Whether the group has open dead letters besides those that are left for a person. */
async function hasFailed(
  fingerprint: string,
  left: LeftForPerson | undefined,
  { letterLists, clock }: ControllerPorts,
): Promise<boolean> {
  const { count } = await letterLists.gaugeOf('open', fingerprint);
  if (!left || count === 0) return count > 0;
  if (count > left.reasons.reduce((sum, reason) => sum + reason.count, 0)) return true;
  const since = { from: left.at - LAG_MS, to: clock.now() };
  const { letters } = await letterLists.listLetters([{ status: 'open', fingerprint }], since, 1);
  return letters.length > 0;
}

/** Looks at one incident, and does what follows. A step that is interrupted is done by the next look. */
async function review(key: StateKey, ports: ControllerPorts): Promise<void> {
  const { automatic, isEnabled, pace, rounds } = ports;
  const stored = await automatic.read(key);
  if (!stored) return;
  if (!isEnabled) {
    await rounds.stop(stored.state);
    await decideOn(key, { type: 'SwitchOff' }, ports, stored);
    return;
  }
  const situation = await situationOf(stored.state, ports);
  const state = await decideOn(key, { type: 'Review', situation, pace }, ports, stored);
  if (state?.status !== 'redriving') return;
  const because = await rounds.start(state);
  if (because !== undefined) await decideOn(key, { type: 'RefuseRound', because, pace }, ports);
}

async function situationOf(state: AutomaticRedrive, ports: ControllerPorts): Promise<Situation> {
  const { letterLists, letterGroups, rounds, pausedSubscribers } = ports;
  const { fingerprint } = state;
  const [redrive, isTaken, group, paused] = await Promise.all([
    rounds.standingOf(state),
    rounds.isTaken(state),
    letterGroups.read(groupKey(fingerprint)),
    pausedSubscribers(),
  ]);
  // Counted after the redrive was read: what it has resolved by then is not counted.
  const { count } = await letterLists.gaugeOf('open', fingerprint);
  const { reason = '', subscriber = '' } = group?.state ?? {};
  const seen = { isTransient: isTransient(reason), isTaken, isPaused: paused.has(subscriber), redrive };
  const outlook = isPlanned(state, seen, count) ? await rounds.outlookOf(state) : { open: count, left: [] };
  return { ...outlook, ...seen };
}

/** The group of an incident that was given up is not planned again and again if it is larger. */
const MOST_PLANNED = 10_000;

/** Whether it matters which of the open dead letters a redrive would drop. */
function isPlanned({ status }: AutomaticRedrive, seen: Omit<Situation, 'open' | 'left'>, open: number): boolean {
  if (open === 0) return false;
  if (status === 'redriving') return !['missing', 'planned', 'expired', 'running', 'paused'].includes(seen.redrive);
  return !isHeld(seen) && (status !== 'given-up' || open <= MOST_PLANNED);
}

/** @returns the new state; undefined: nothing was changed, or another controller has changed it. */
async function decideOn(
  key: StateKey,
  command: AutomaticCommand,
  ports: ControllerPorts,
  known?: StoredState<AutomaticRedrive>,
): Promise<AutomaticRedrive | undefined> {
  const { automatic, clock } = ports;
  const before = known ?? (await automatic.read(key));
  const decision = automaticDecider.decide(command, before?.state, { key, now: clock.now() });
  const [event] = decision.kind === 'accepted' ? decision.events : [];
  if (!event) return undefined;
  const state = automaticDecider.evolve(before?.state, event);
  // Reported before it is stored: a report may be repeated, and is never lost.
  await report(event, state, ports);
  const due = automaticDecider.due(state);
  const version = before?.version ?? 0;
  const schemaVersion = before?.schemaVersion ?? AUTOMATIC_REDRIVE.written;
  const next = { schemaVersion, version: version + 1, state, ...(due && { due }) };
  const { kind } = await automatic.replace(key, version, next);
  return kind === 'replaced' ? state : undefined;
}

async function report(
  event: AutomaticEvent,
  state: AutomaticRedrive,
  { counters, log }: ControllerPorts,
): Promise<void> {
  if (event.type === 'Postponed') return;
  const { fingerprint, incident, rounds, status, because, left } = state;
  const fields = {
    fingerprint,
    incident,
    rounds,
    status,
    ...(because !== undefined && { because }),
    ...(left && { left: left.reasons }),
  };
  if (event.type === 'BecameCalm' && left)
    return log.warn('Dead letters left for a person: a redrive would drop them', fields);
  if (event.type !== 'GivenUp') return log.info('Automatic redrive of a group', fields);
  log.error('Automatic redrives of a group given up; a person has to look', fields);
  await counters.count(COUNTER.automaticRedrivesGivenUp, 1);
}
