import type { StoredState } from '#shared/messaging/rows.ts';
import { upgraded } from '#shared/messaging/versions.ts';
import { SHAPES, shapeNamed } from '#shared/shapes.ts';

/**
 * A stored state, upgraded to the version of this release.
 * @throws NewerVersion, PoisonMessage for an unreadable state, or Error for a type without a shape.
 */
export function readState(type: string, stored: StoredState): StoredState {
  const name = shapeNamed(type);
  if (!name) throw new Error(`Rows of type ${type} have no shape in shared/shapes.ts.`);
  const { version: schemaVersion, value: state } = upgraded(
    `${name} row`,
    SHAPES[name],
    stored.schemaVersion,
    stored.state,
  );
  return { ...stored, schemaVersion, state };
}
