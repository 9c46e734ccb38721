import type { Due } from './due.ts';
import type { NewMessage } from './envelope.ts';
import type { StateKey } from './identity.ts';
import type { NewRow } from './rows.ts';
import type { Shape } from './versions.ts';

/**
 * A state machine without effects (the Decider of Jérémie Chassaing, as in Emmett), extended by announcements: `decide`
 * turns a command into events, `evolve` applies them, `announce` turns them into messages and rows, and `answer`
 * returns the answer for the caller.
 * All are pure: time and ids are passed in, so a retry with the same data decides the same.
 */
export type Decider<State, Command, Event, Terms = undefined, Announced extends Announcement = Announcement> = {
  /** How its state is stored. */
  readonly shape: Shape<State>;
  /** The name of a process manager whose state is a part of another subject. Timelines show its commands. */
  readonly process?: string;
  /** @param state undefined: nothing exists yet. */
  decide(command: Command, state: State | undefined, context: DecisionContext): Decision<Event>;
  evolve(state: State | undefined, event: Event): State;
  announce(events: readonly Event[], state: State, context: AnnounceContext<Terms>): Announced;
  /** The JSON object that the caller receives. It is stored, so that every repetition receives the same. */
  answer(state: State, announced: Announced, version: number): Record<string, unknown>;
  /** When and why the state has to be processed again; undefined: never. */
  due(state: State): Due | undefined;
};

export type DecisionContext = {
  key: StateKey;
  /** Epoch milliseconds. */
  now: number;
};

export type AnnounceContext<Terms = undefined> = DecisionContext & {
  /** Version of the state after the events. */
  version: number;
  /** Correlation id of the request that caused this. */
  correlationId: string;
  /** Id of the command that caused the events. Its outbox row shows when the announcement was published. */
  commandId: string;
  /** Anything else that the decider needs, passed in by the executor's caller. */
  terms: Terms;
};

export type Decision<Event> =
  | { kind: 'accepted'; events: readonly Event[] }
  | { kind: 'rejected'; rejection: Rejection };

/** The domain rejects the command. This is no system error: the caller receives it, and it is stored as an outcome. */
export type Rejection = {
  /** Stable, for programs: `ALREADY_EXISTS`. */
  code: string;
  /** What is wrong, for people. */
  detail: string;
  /** What to do about it. */
  next: string;
};

/** The messages about a change, and the rows that are created with it. */
export type Announcement = {
  messages: readonly NewMessage[];
  rows: readonly NewRow[];
};

/** The announcement of a change without messages and rows. */
export const NOTHING_ANNOUNCED: Announcement = { messages: [], rows: [] };
