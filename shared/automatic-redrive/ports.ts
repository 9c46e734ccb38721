import type { PausedSubscribers } from '#shared/lane/paused-subscribers.ts';
import type { Readings } from '#shared/lane/readings.ts';
import type { Clock, Log } from '#shared/messaging/system.ts';
import type { Counters } from '#shared/once/counters.ts';
import type { DeadLetterGroup } from '#shared/once/dead-letter.ts';
import type { DeadLetterLists, DueStore, StateStore } from '#shared/once/ports.ts';
import type { AlarmChange } from './alarm-event.ts';
import type { AutomaticRedrive, LeftForPerson } from './automatic-redrive.ts';
import type { Pace, Situation } from './decider.ts';

/** The redrive of a round, which follows from the state. */
export type Rounds = {
  standingOf(state: AutomaticRedrive): Promise<Situation['redrive']>;
  /** What a redrive of the group would do now: how many it would send, and why it would drop the others. */
  outlookOf(state: AutomaticRedrive): Promise<{ open: number; left: LeftForPerson['reasons'] }>;
  /** Whether another redrive has the group. */
  isTaken(state: AutomaticRedrive): Promise<boolean>;
  /**
   * Plans and starts the redrive, as far as that has not been done. @returns a code if it cannot be planned at all. A redrive
   * that cannot be started now is started at the next look.
   */
  start(state: AutomaticRedrive): Promise<string | undefined>;
  /** Stops the redrive if it is in progress. */
  stop(state: AutomaticRedrive): Promise<void>;
};

export type ControllerPorts = {
  automatic: StateStore<AutomaticRedrive>;
  automaticList: AutomaticRedriveList;
  alarmStates: StateStore<AlarmChange>;
  /** The name of the dead-letter alarm. */
  alarm: string;
  /** From them follows the state of the alarm if its event was lost. */
  readings: Pick<StateStore<Readings>, 'read'>;
  letterGroups: Pick<StateStore<DeadLetterGroup>, 'read'>;
  letterLists: Pick<DeadLetterLists, 'listGroups' | 'gaugeOf' | 'listLetters'>;
  rounds: Rounds;
  pausedSubscribers: PausedSubscribers;
  due: DueStore;
  /** The switch of the stage. */
  isEnabled: boolean;
  pace: Pace;
  counters: Counters;
  clock: Clock;
  log: Log;
};

export type AutomaticRedriveList = {
  /** Those of all groups that have had one, in no order. */
  listAutomaticRedrives(): Promise<AutomaticRedrive[]>;
};
