import type { Api, Query } from './api.ts';
import { EXIT, OpsFailure } from './exit-codes.ts';

/** The first entries of a list that has pages. `isCut`: there are more. */
export type Listed<Entry> = { entries: Entry[]; isCut: boolean };

/** @param name field of the answer that contains the entries. */
export async function readPages<Name extends string, Entry>(
  api: Api,
  { path, name, query, limit }: { path: string; name: Name; query: Query; limit: number },
): Promise<Listed<Entry>> {
  const entries: Entry[] = [];
  let cursor: string | undefined;
  do {
    const page: Record<Name, Entry[]> & { nextCursor?: string } = await api.get(path, { ...query, cursor });
    entries.push(...page[name]);
    cursor = page.nextCursor;
  } while (cursor !== undefined && entries.length < limit);
  return { entries: entries.slice(0, limit), isCut: cursor !== undefined || entries.length > limit };
}

/** Reads a number of entries from the command line. */
export function limitOf(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new OpsFailure(EXIT.usage, `--limit "${text}" is not a number from 1 to 999999.`);
}
