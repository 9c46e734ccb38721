import type { Shape } from '#shared/messaging/versions.ts';
import { CLIENT_ROW } from '#shared/names.ts';

/**
 * The versions of everything that outlives a release: rows by their attribute `type`, and what stands in
 * them under a version of its own. docs/reference/stored-shapes.md says how to change one.
 */
export const SHAPES = {
  order: { written: 1, readable: 1, upgrades: {} },
  /** A message asked for directly. */
  message: { written: 1, readable: 1, upgrades: {} },
  notification: { written: 1, readable: 1, upgrades: {} },
  content: { written: 1, readable: 1, upgrades: {} },
  attachment: { written: 1, readable: 1, upgrades: {} },
  /** The message as it is sent, kept in the content's row. */
  rendered: { written: 1, readable: 1, upgrades: {} },
  erasure: { written: 1, readable: 1, upgrades: {} },
  feed: { written: 1, readable: 1, upgrades: {} },
  /** Whether a channel's provider may be called. */
  circuit: { written: 1, readable: 1, upgrades: {} },
  outbox: { written: 1, readable: 1, upgrades: {} },
  outcomes: { written: 1, readable: 1, upgrades: {} },
  /** Which requests to suppress somebody were handled. */
  suppressionrequest: { written: 1, readable: 1, upgrades: {} },
  /** Figures of a minute, with what has to be counted yet; and the sums of an hour. */
  'statistics-minute': { written: 1, readable: 1, upgrades: {} },
  'statistics-hour': { written: 1, readable: 1, upgrades: {} },
  /** How far a tenant's statistics were compared with the rows that they count. */
  statisticsreview: { written: 1, readable: 1, upgrades: {} },
  suppression: { written: 1, readable: 1, upgrades: {} },
  'dead-letter': { written: 1, readable: 1, upgrades: {} },
  /** Whose a machine client is. Written by `npm run tenants`, which knows no shapes. */
  [CLIENT_ROW.type]: { written: CLIENT_ROW.schemaVersion, readable: 1, upgrades: {} },
  /** Data of the one message that we read ourselves; the version is the end of its type. */
  'notification-request': { written: 1, readable: 1, upgrades: {} },
} satisfies Record<string, Shape>;

export type ShapeName = keyof typeof SHAPES;

/** The name as one of the table, if it is there. */
export const shapeNamed = (name: string): ShapeName | undefined =>
  Object.hasOwn(SHAPES, name) ? (name as ShapeName) : undefined;
