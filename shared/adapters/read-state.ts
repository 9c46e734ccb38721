import { PoisonMessage } from '#shared/messaging/parse.ts';
import type { StoredState } from '#shared/messaging/rows.ts';
import { type Shape, upgraded } from '#shared/messaging/versions.ts';

/**
 * A stored state of this shape, upgraded to the version of this release.
 * @param type of the row that it was read from.
 * @throws NewerVersion, or PoisonMessage for an unreadable state or a row of another type.
 */
export function readState<State>(shape: Shape<State>, type: unknown, stored: StoredState<unknown>): StoredState<State> {
  const what = `${shape.name} row`;
  if (type !== shape.name) throw new PoisonMessage('WRONG_TYPE', `The row is no ${what}.`);
  const { version: schemaVersion, value: state } = upgraded(what, shape, stored.schemaVersion, stored.state);
  return { ...stored, schemaVersion, state };
}
