import type { DeadLetterGroup } from '#shared/once/dead-letter.ts';

/** Filters about groups: they choose whole lists, so no dead letter of another group is read. */
export type GroupFilters = {
  subscriber?: string | undefined;
  reason?: string | undefined;
  fingerprint?: string | undefined;
  owner?: string | undefined;
};

/** The groups that all filters choose. */
export const chosenGroups = (
  groups: readonly DeadLetterGroup[],
  { subscriber, reason, fingerprint, owner }: GroupFilters,
): DeadLetterGroup[] =>
  groups.filter(
    (group) =>
      (subscriber === undefined || group.subscriber === subscriber) &&
      (reason === undefined || group.reason === reason) &&
      (fingerprint === undefined || group.fingerprint === fingerprint) &&
      (owner === undefined || group.owner === owner),
  );
