import { NewerVersion } from './newer-version.ts';
import { PoisonMessage } from './parse.ts';
import type { StoredState } from './rows.ts';

/**
 * The versions of one shape that is stored or sent. A version is first read by one release and then written by a later
 * one, because the old release runs beside the new one during a deployment, and alone again after a rollback.
 */
type Versions = {
  /** The version that this release writes. */
  written: number;
  /** The newest version that this release reads: `written`, or one more if the next release will write that one. */
  readable: number;
  /** For each version older than `written`: a function that converts it to the next version. */
  upgrades: Readonly<Record<number, (older: unknown) => unknown>>;
};

/**
 * A shape of data that outlives a release: a kind of row, or a part of a row or message that has its own version. The
 * concept that owns the data exports its shape. docs/reference/stored-shapes.md explains how to change one.
 */
export type Shape<Value> = Versions & {
  /** The attribute `type` of its rows. */
  name: string;
  /** Never present. It ties the shape to the type of its data, so that a store of one shape is not used for another. */
  value?: Value;
};

const FIRST: Versions = { written: 1, readable: 1, upgrades: {} };

/** The shape of this type of data. Without `versions`, there has been only one version. */
export const shapeOf = <Value>(name: string, versions: Versions = FIRST): Shape<Value> => ({ name, ...versions });

/** `version`: `written`, or the newer version that was read. A later write keeps that version. */
export type Upgraded<Value> = { version: number; value: Value };

/**
 * Converts data of any known version to the form that this release uses. This is where stored data gets its type.
 * @param what names the data in an error.
 * @throws NewerVersion for a version after `readable`.
 * @throws PoisonMessage if the version is missing, or if there is no upgrade from it.
 */
export function upgraded<Value>(what: string, shape: Shape<Value>, version: unknown, value: unknown): Upgraded<Value> {
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || version < 1) {
    throw new PoisonMessage('NO_VERSION', `The ${what} has no version.`);
  }
  if (version > shape.readable) {
    throw new NewerVersion(`The ${what} has version ${version}; this release reads up to ${shape.readable}.`);
  }
  let current = value;
  for (let at = version; at < shape.written; at += 1) {
    const upgrade = shape.upgrades[at];
    if (!upgrade)
      throw new PoisonMessage('FORGOTTEN_VERSION', `This release no longer reads version ${at} of a ${what}.`);
    current = upgrade(current);
  }
  return { version: Math.max(version, shape.written), value: current as Value };
}

/**
 * A stored state of this shape, upgraded to the version of this release.
 * @param type of the row that it was read from.
 * @throws NewerVersion, PoisonMessage for an unreadable state, or TypeError for a row of another type.
 */
export function readState<State>(shape: Shape<State>, type: unknown, stored: StoredState<unknown>): StoredState<State> {
  const what = `${shape.name} row`;
  if (type !== shape.name) throw new TypeError(`A row of another type was read as a ${what}.`);
  const { version: schemaVersion, value: state } = upgraded(what, shape, stored.schemaVersion, stored.state);
  return { ...stored, schemaVersion, state };
}
