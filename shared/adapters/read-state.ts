import type { StoredState } from '#shared/messaging/rows.ts';
import { type Shape, upgraded } from '#shared/messaging/versions.ts';

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
