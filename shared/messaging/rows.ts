import type { Due } from './due.ts';
import type { StateKey } from './identity.ts';

/** A versioned state as it is stored. */
export type StoredState<State> = {
  schemaVersion: number;
  /** 1 after the first commit; every write adds one. */
  version: number;
  state: State;
  /** See `Decider.due`. */
  due?: Due;
};

/** The state that a write puts in the place of a stored one. */
export function nextVersion<State>(before: StoredState<State>, state: State, due: Due | undefined): StoredState<State> {
  return { schemaVersion: before.schemaVersion, version: before.version + 1, state, ...(due && { due }) };
}

/** A state that changes in the transaction of a command for another state, or that the command depends on. */
export type RelatedState = {
  key: StateKey;
  /** 0: the state must not exist. */
  expectedVersion: number;
  /** Absent: the state does not change, and must have the expected version when the command is committed. */
  next?: StoredState<unknown>;
};

/** A row that is created in a command's transaction. */
export type NewRow = NewState | NewRecord;

/** Another state in its first version. It must not exist: if it does, the commit is a conflict. */
export type NewState = {
  kind: 'state';
  key: StateKey;
  stored: StoredState<unknown>;
  /** Attributes beside the state: keys of secondary indexes. Changes of the state do not affect them. */
  attributes?: Record<string, string>;
};

/** Data that belongs to a state but is stored in its own row. It is never read or changed with the state. */
export type NewRecord = {
  kind: 'record';
  /** The key of the state that it belongs to. */
  key: StateKey;
  /** The kind of data. In upper case, it is also the end of the row's sort key. */
  type: string;
  schemaVersion: number;
  value: object;
  /** Epoch seconds after which the row may be deleted; absent: it is kept. */
  expiresAt?: number;
};
