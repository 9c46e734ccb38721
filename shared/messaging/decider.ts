import type { Due } from './due.ts';
import type { NewMessage } from './envelope.ts';
import type { StateKey } from './identity.ts';
import type { NewRow } from './rows.ts';

/**
 * A state machine without effects (the Decider of Jérémie Chassaing, as Emmett uses it), plus what
 * has to be said about a change: `decide` answers a command with events, `evolve` applies them,
 * `announce` turns them into messages and rows, `answer` says what the caller is told.
 * All are pure: time and ids arrive as data, so a retry that decides again decides the same.
 */
export type Decider<State, Command, Event, Terms = undefined, Announced extends Announcement = Announcement> = {
  /** Of a new row: written beside the state, so that a reader knows how to read it. */
  readonly schemaVersion: number;
  /** @param state undefined where nothing exists yet. */
  decide(command: Command, state: State | undefined, context: DecisionContext): Decision<Event>;
  evolve(state: State | undefined, event: Event): State;
  announce(events: readonly Event[], state: State, context: AnnounceContext<Terms>): Announced;
  /** The JSON object that the caller is told; stored, so that every repetition is told the same. */
  answer(state: State, announced: Announced, version: number): Record<string, unknown>;
  /** When and why the state has to be looked at again; undefined: never. */
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
  /** Of the request that caused this. */
  correlationId: string;
  /** Id of the command that is announced about: its outbox row says when that was published. */
  commandId: string;
  /** Whatever else the decider needs, passed in by the caller of the executor. */
  terms: Terms;
};

export type Decision<Event> =
  | { kind: 'accepted'; events: readonly Event[] }
  | { kind: 'rejected'; rejection: Rejection };

/** The domain says no. Not an error of the system: it is told to the caller and stored like any outcome. */
export type Rejection = {
  /** Stable, for programs: `ORDER_ALREADY_EXISTS`. */
  code: string;
  /** What is wrong, for people. */
  detail: string;
  /** What to do about it. */
  next: string;
};

/** What a change has to say, and the rows that come into being with it. */
export type Announcement = {
  messages: readonly NewMessage[];
  rows: readonly NewRow[];
};

/** Of a change that says nothing. */
export const NOTHING_ANNOUNCED: Announcement = { messages: [], rows: [] };
