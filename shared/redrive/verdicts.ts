import { NewerVersion } from '#shared/messaging/newer-version.ts';
import { PoisonMessage } from '#shared/messaging/parse.ts';
import type { DecidedRow, DecidingRow, LetterVerdict, PlannedLetter, Planner } from '#shared/once/planner.ts';

export type VerdictPorts = {
  /** What the subscriber of a dead letter would do. A text: the reason why it cannot be sent there again. */
  plannerOf(letter: PlannedLetter): Planner | string;
  /** Rows as they are, perhaps a moment ago, in the order of the keys. undefined: the row does not exist. */
  rowsAt(rows: readonly DecidingRow[]): Promise<readonly (DecidedRow | undefined)[]>;
};

/** What dead letters would do now, in their order. It reads all rows that decide at once. */
export async function verdictsOf(
  letters: readonly PlannedLetter[],
  { plannerOf, rowsAt }: VerdictPorts,
): Promise<LetterVerdict[]> {
  const asked = letters.map((letter) => asks(letter, plannerOf(letter)));
  const rows = asked.flatMap((one) => ('rows' in one ? one.rows : []));
  const found = (rows.length === 0 ? [] : await rowsAt(rows)).values();
  return asked.map((one) => ('rows' in one ? one.planner.verdictOf(one.rows.map(() => found.next().value)) : one));
}

type Asks = LetterVerdict | { rows: readonly DecidingRow[]; planner: Planner };

const dropped = (reason: string): LetterVerdict => ({ verdict: 'dropped', reason });

/** The verdict, or the rows that decide it. */
function asks(letter: PlannedLetter, planner: Planner | string): Asks {
  if (typeof planner === 'string') return dropped(planner);
  if (letter.message === undefined) return dropped('NO_MESSAGE');
  try {
    const rows = planner.rowsOf(letter.message, letter);
    return rows.length === 0 ? { verdict: 'handled' } : { rows, planner };
  } catch (error) {
    if (error instanceof PoisonMessage) return dropped(error.reason);
    if (error instanceof NewerVersion) return dropped('NEWER_VERSION');
    throw error;
  }
}
