import type { Due } from './due.ts';
import type { StateKey } from './identity.ts';

/** A versioned state as it is stored. */
export type StoredState = {
  schemaVersion: number;
  /** 1 after the first commit; every write adds one. */
  version: number;
  state: unknown;
  /** See `Decider.due`. */
  due?: Due;
};

/** A state that exists and changes with a command, in its transaction. */
export type RelatedState = {
  key: StateKey;
  /** 0: the state must not exist. */
  expectedVersion: number;
  next: StoredState;
};

/** A row that is created with a command, in its transaction. */
export type NewRow = NewState | NewRecord;

/** Another state in its first version. It must not exist: if it does, the commit is a conflict. */
export type NewState = {
  kind: 'state';
  key: StateKey;
  stored: StoredState;
  /** Attributes beside the state, which no change of the state touches: keys of secondary indexes. */
  attributes?: Record<string, string>;
};

/** What belongs to a state and is kept apart from it. It is never read or changed with the state. */
export type NewRecord = {
  kind: 'record';
  /** Of the state that it belongs to. */
  key: StateKey;
  /** What it is of that state; also the end of its sort key, in upper case. */
  type: string;
  schemaVersion: number;
  value: object;
  /** Epoch seconds from which on it need not be kept; absent: for good. */
  expiresAt?: number;
};
