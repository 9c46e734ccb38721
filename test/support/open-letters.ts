import type { DeadLetterRecord } from '#shared/once/dead-letter.ts';
import type { DeadLetterLists } from '#shared/once/ports.ts';

/** The open dead letters, oldest first. @param subscriber absent: those of all subscribers. */
export async function openLetters(
  store: Pick<DeadLetterLists, 'listGroups' | 'listLetters'>,
  subscriber?: string,
): Promise<DeadLetterRecord[]> {
  const lists = (await store.listGroups())
    .filter((group) => subscriber === undefined || group.subscriber === subscriber)
    .map(({ fingerprint }) => ({ status: 'open' as const, fingerprint }));
  const { letters } = await store.listLetters(lists, { from: 0, to: Number.MAX_SAFE_INTEGER }, 1000);
  return letters;
}
