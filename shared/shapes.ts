import type { Shape } from './messaging/versions.ts';
import { CLIENT_ROW } from './names.ts';

/**
 * The versions of all data that outlives a release: rows by their attribute `type`, and parts of rows that have a
 * version of their own. docs/reference/stored-shapes.md explains how to change a shape.
 */
export const SHAPES = {
  order: { written: 1, readable: 1, upgrades: {} },
  /** A direct message. */
  message: { written: 1, readable: 1, upgrades: {} },
  notification: { written: 1, readable: 1, upgrades: {} },
  content: { written: 1, readable: 1, upgrades: {} },
  attachment: { written: 1, readable: 1, upgrades: {} },
  /** The text as it is sent, stored in the content's row. */
  rendered: { written: 1, readable: 1, upgrades: {} },
  erasure: { written: 1, readable: 1, upgrades: {} },
  feed: { written: 1, readable: 1, upgrades: {} },
  /** Whether a channel's provider may be called. */
  circuit: { written: 1, readable: 1, upgrades: {} },
  outbox: { written: 1, readable: 1, upgrades: {} },
  outcomes: { written: 1, readable: 1, upgrades: {} },
  /** Which suppression requests were handled. */
  suppressionrequest: { written: 1, readable: 1, upgrades: {} },
  /** The figures of a minute with the changes that are not counted yet, and the sums of an hour. */
  'statistics-minute': { written: 1, readable: 1, upgrades: {} },
  'statistics-hour': { written: 1, readable: 1, upgrades: {} },
  /** How far a tenant's statistics were compared with the rows that they count. */
  statisticsreview: { written: 1, readable: 1, upgrades: {} },
  suppression: { written: 1, readable: 1, upgrades: {} },
  'dead-letter': { written: 1, readable: 1, upgrades: {} },
  /** The tenant of a machine client. Written by `npm run tenants`, which does not use this table. */
  [CLIENT_ROW.type]: { written: CLIENT_ROW.schemaVersion, readable: 1, upgrades: {} },
  /** Data of the only message type that we read ourselves. The end of its type is its version. */
  'notification-request': { written: 1, readable: 1, upgrades: {} },
} satisfies Record<string, Shape>;

export type ShapeName = keyof typeof SHAPES;

/** The name if it is in the table, otherwise undefined. */
export const shapeNamed = (name: string): ShapeName | undefined =>
  Object.hasOwn(SHAPES, name) ? (name as ShapeName) : undefined;
