import { deadLetterIdOf } from '#shared/once/dead-letter.ts';
import { chunkKey, type RedriveChunk, type RedriveMember, unpacked } from '#shared/redrive/members.ts';
import { isInProgress, type Redrive } from '#shared/redrive/redrive.ts';
import { stateKey } from '#test/support/memory/memory-store.ts';
import type { Check } from './invariants.ts';
import { lettersOf, redrivable, redrivesOf } from './operators.ts';
import type { World } from './world.ts';

/** Dead letters and redrives when nothing is left to do. What is only seen while it happens is in `letters.ts`. */
export async function checkRedrives(world: World, workerFaults: number, check: Check): Promise<void> {
  if (!world.operations) return;
  for (const { invariant, about } of world.letters.violations) check(false, invariant, () => about);
  for (const letter of await redrivable(world))
    check(false, 'nothing is left unfinished', () => `dead letter ${JSON.stringify(letter)}`);
  for (const letter of lettersOf(world))
    check(letter.status !== 'redriving', 'nothing is left unfinished', () => `dead letter ${deadLetterIdOf(letter)}`);
  for (const redrive of redrivesOf(world)) {
    const { redriveId, dueAt } = redrive;
    check(!isInProgress(redrive) && dueAt === undefined, 'nothing is left unfinished', () => `redrive ${redriveId}`);
    // A worker whose lease is over may still note a member of a redrive that was stopped. The counts do not follow then.
    if (redrive.status === 'done' || workerFaults === 0) checkCounts(world, redrive, check);
  }
  checkRepetitions(world, workerFaults, check);
}

function membersOf({ store }: World, { set }: Redrive): RedriveMember[] {
  const indexes = Array.from({ length: set.chunks }, (_, index) => index);
  return indexes.flatMap((index) => {
    const chunk = store.states.get(stateKey(chunkKey(set.id, index)))?.stored.state as RedriveChunk | undefined;
    return unpacked(chunk?.members ?? '');
  });
}

function checkCounts(world: World, redrive: Redrive, check: Check): void {
  const { redriveId, counts, plan, status } = redrive;
  const members = membersOf(world, redrive);
  const of = (result: RedriveMember['result']): number => members.filter((one) => one.result === result).length;
  const expected = {
    ...{ waiting: of(undefined), sent: of('sent'), resolved: of('resolved'), failedAgain: of('failedAgain') },
    ...{ skipped: of('skipped'), unknown: of('unknown') },
  };
  const isRight = Object.entries(expected).every(([name, count]) => counts[name as keyof typeof counts] === count);
  check(
    isRight && members.length === plan.members && counts.sent === 0 && (status !== 'done' || counts.waiting === 0),
    'the counts of a redrive are those of its members',
    () => `${redriveId} ${status}: ${JSON.stringify(counts)}, not ${JSON.stringify(expected)}`,
  );
}

/** Each fault of a worker repeats a page at most. Without one, each member is sent once. */
function checkRepetitions({ letters: { sends } }: World, workerFaults: number, check: Check): void {
  for (const [redriveId, own] of Map.groupBy(sends, (one) => one.redriveId)) {
    const distinct = new Set(own.map(({ deadLetterId, generation }) => `${deadLetterId} ${generation}`)).size;
    const repeated = own.length - distinct;
    check(
      repeated <= workerFaults * MOST_OF_A_PAGE,
      'a member is sent again only after a fault of the worker',
      () => `${redriveId}: ${repeated}`,
    );
  }
}

/** What the highest rate allows in half a second. */
const MOST_OF_A_PAGE = 250;
