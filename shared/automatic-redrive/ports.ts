import type { PausedSubscribers } from '#shared/lane/paused-subscribers.ts';
import type { Clock, Log } from '#shared/messaging/system.ts';
import type { Counters } from '#shared/once/counters.ts';
import type { DeadLetterGroup } from '#shared/once/dead-letter.ts';
import type { DeadLetterLists, DueStore, StateStore } from '#shared/once/ports.ts';
import type { AlarmChange } from './alarm-event.ts';
import type { AutomaticRedrive } from './automatic-redrive.ts';
import type { Pace, Situation } from './decider.ts';

/** The redrive of a round, which follows from the state. */
export type Rounds = {
  standingOf(state: AutomaticRedrive): Promise<Situation['redrive']>;
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
  letterGroups: Pick<StateStore<DeadLetterGroup>, 'read'>;
  letterLists: Pick<DeadLetterLists, 'listGroups' | 'gaugeOf'>;
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
