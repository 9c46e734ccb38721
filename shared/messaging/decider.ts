import type { Due } from './due.ts';
import type { NewMessage } from './envelope.ts';
import type { StateKey } from './identity.ts';

/**
 * A state machine without effects (the Decider of Jérémie Chassaing, as Emmett uses it), plus what
 * has to be said about a change: `decide` answers a command with events, `evolve` applies them,
 * `announce` turns them into messages and notifications, `answer` says what the caller is told.
 * All are pure: time and ids arrive as data, so a retry that decides again decides the same.
 */
export type Decider<State, Command, Event> = {
  /** Of a new row: written beside the state, so that a reader knows how to read it. */
  readonly schemaVersion: number;
  /** @param state undefined where nothing exists yet. */
  decide(command: Command, state: State | undefined, context: DecisionContext): Decision<Event>;
  evolve(state: State | undefined, event: Event): State;
  announce(events: readonly Event[], state: State, context: AnnounceContext): Announcement;
  /** The JSON object that the caller is told; stored, so that every repetition is told the same. */
  answer(state: State, announced: Announcement, version: number): Record<string, unknown>;
  /** When and why somebody has to look at the state again; undefined: never. */
  due(state: State): Due | undefined;
};

export type DecisionContext = {
  key: StateKey;
  /** Epoch milliseconds. */
  now: number;
};

export type AnnounceContext = DecisionContext & {
  /** Version of the state after the events. */
  version: number;
  /** Of the request that set this off. */
  correlationId: string;
  /** When a notification that nobody has claimed is announced again, in epoch milliseconds. */
  firstClaimDueAt: number;
  /** How long what is said is kept after it may be sent, in milliseconds; absent: for good. */
  contentRetentionMs?: number;
  /** Id of the command that is announced about: its outbox row says when that was published. */
  commandId: string;
  /** Stands for an address or number where none may stand; absent where nothing is said to anybody. */
  recipientKey?: RecipientKey;
};

/** A keyed hash: the same for the same address of a channel, and nothing to anybody without the key. */
export type RecipientKey = (channel: string, address: string) => string;

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

export type Announcement = {
  messages: readonly NewMessage[];
  notifications: readonly NewNotification[];
};

/** Two rows to be created in the same transaction: the permission to send, and what to say to whom. */
export type NewNotification = {
  notificationId: string;
  schemaVersion: number;
  /** Small; no personal data. */
  state: object;
  /** Recipients, template and data: personal data lies here. */
  content: object;
  due: Due;
  /** Epoch seconds from which on the content need not be kept; absent: for good. */
  contentExpiresAt?: number;
};
