import { SHAPES, shapeNamed } from '#shared/domain/shapes.ts';
import type { StateKey } from '#shared/messaging/identity.ts';
import { upgraded } from '#shared/messaging/versions.ts';
import type { StoredState } from '#shared/ports.ts';

/** The `type` of a state's row: what its shape is looked up by. */
export const typeOfState = ({ type, notificationId }: StateKey): string =>
  notificationId === undefined ? type : 'notification';

/**
 * A stored state as this release knows it.
 * @throws NewerVersion, or PoisonMessage for what cannot be read; Error for a type without a shape.
 */
export function readState(type: string, stored: StoredState): StoredState {
  const name = shapeNamed(type);
  if (!name) throw new Error(`Rows of type ${type} have no shape in shared/domain/shapes.ts.`);
  const { version: schemaVersion, value: state } = upgraded(
    `${name} row`,
    SHAPES[name],
    stored.schemaVersion,
    stored.state,
  );
  return { ...stored, schemaVersion, state };
}
