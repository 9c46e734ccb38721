/** The commands on an order that a person can give. */
export type Action = 'confirm' | 'approve' | 'cancel' | 'items';

/**
 * What a person can do with an order, by its status. The API decides again, and refuses what is no longer possible. A step that
 * a domain adds needs no change here: its status is shown by its name.
 */
const ACTIONS: Readonly<Record<string, readonly Action[]>> = {
  placed: ['confirm', 'items', 'cancel'],
  confirmed: ['approve', 'cancel'],
  approved: [],
  cancelled: [],
};

/** The statuses that the page offers as a filter. A stage may know more of them, and a URL may name them. */
export const STATUSES: readonly string[] = Object.keys(ACTIONS);

/** The actions for a status. None for a status of a newer release. */
export const actionsFor = (status: string): readonly Action[] =>
  Object.entries(ACTIONS).find(([one]) => one === status)?.[1] ?? [];

/** A command that was sent: the same command keeps its key and its version after a lost answer, so that it counts once. */
export type Sent = { key: string; action: Action; body: object; etag: string };

/** The command to send next. @param unanswered the latest command, if its answer was lost. */
export function commandFor(unanswered: Sent | undefined, wanted: Omit<Sent, 'key'>, newKey: () => string): Sent {
  const isRepetition =
    unanswered?.action === wanted.action && JSON.stringify(unanswered.body) === JSON.stringify(wanted.body);
  return isRepetition ? unanswered : { ...wanted, key: newKey() };
}
