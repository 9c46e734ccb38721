import { NewerVersion } from './newer-version.ts';
import { PoisonMessage } from './parse.ts';

/**
 * The versions of one shape that is stored or sent. A release reads a version before any release writes
 * it: the old release runs beside the new one while that is deployed, and alone again after a rollback.
 */
export type Shape = {
  /** What this release writes. */
  written: number;
  /** The newest that this release reads: `written`, or one more in the release before that one is written. */
  readable: number;
  /** By version, for each one older than `written`: makes the next version of it. */
  upgrades: Readonly<Record<number, (older: unknown) => unknown>>;
};

/** `version`: `written`, or the newer one that it was read as. What is written over it keeps that version. */
export type Upgraded = { version: number; value: unknown };

/**
 * What was stored or sent in some version, as this release knows it.
 * @param what names it in an error.
 * @throws NewerVersion for a version after `readable`.
 * @throws PoisonMessage for what has no version, or one that no upgrade leads away from.
 */
export function upgraded(what: string, shape: Shape, version: unknown, value: unknown): Upgraded {
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || version < 1) {
    throw new PoisonMessage('NO_VERSION', `The ${what} does not say its version.`);
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
  return { version: Math.max(version, shape.written), value: current };
}
