import { chosenGroups } from '#shared/dead-letter/chosen-groups.ts';
import type { PausedSubscribers } from '#shared/lane/paused-subscribers.ts';
import type { Clock } from '#shared/messaging/system.ts';
import { aboutMessage, type DeadLetterGroup } from '#shared/once/dead-letter.ts';
import { inParallel } from '#shared/once/in-parallel.ts';
import type { DeadLetterLists } from '#shared/once/ports.ts';
import { CHUNK_MEMBERS, packed } from './members.ts';
import { type CountedMember, planOf, type RedrivePlan } from './plan.ts';
import type { LetterReader, LetterToPlan, ListedLetter } from './planning-ports.ts';
import type { Selection, SelectionFilters } from './redrive.ts';
import {
  closedLetter,
  nothingSelected,
  tooManyGroups,
  tooManyMembers,
  type UnusableLetter,
  unknownLetter,
  unusableLetters,
} from './refusals.ts';
import { type VerdictPorts, verdictsOf } from './verdicts.ts';

export type PlanningPorts = VerdictPorts & {
  letterLists: Pick<DeadLetterLists, 'listGroups'>;
  letterReader: LetterReader;
  pausedSubscribers: PausedSubscribers;
  clock: Clock;
};

/** The largest set. */
export const MOST_MEMBERS = 100_000;
/** The groups of a redrive are reserved in one transaction, which has a hundred rows at most. */
const MOST_GROUPS = 90;

/** Groups whose lists are read at once; a list is eight calls. */
const LISTS_AT_ONCE = 4;
/** Rows of one call, and the calls that are made at once. */
const BATCH = 100;
const BATCHES_AT_ONCE = 16;

/** A frozen set: the plan, and the members as the text of each chunk. */
export type FrozenSet = { plan: RedrivePlan; chunks: string[] };

type Member = CountedMember & { generation: number };

/**
 * Freezes the open dead letters of a selection, and says what each would do. Lists are read with the cards of their dead
 * letters, and rows in batches.
 * @throws RequestRefused if it has no members, too many, or members that cannot be redriven.
 */
export async function frozenSet(selection: Selection, ports: PlanningPorts): Promise<FrozenSet> {
  const frozenAt = ports.clock.now();
  const members =
    'ids' in selection ? await namedMembers(selection.ids, ports) : await foundMembers(selection, frozenAt, ports);
  if (members.length === 0) throw nothingSelected();
  const plan = planOf(members, new Date(frozenAt).toISOString(), await ports.pausedSubscribers());
  if (plan.groups.length > MOST_GROUPS) throw tooManyGroups(plan.groups.length, MOST_GROUPS);
  return { plan, chunks: chunksOf(members) };
}

function chunksOf(members: readonly Member[]): string[] {
  const chunks: string[] = [];
  for (let from = 0; from < members.length; from += CHUNK_MEMBERS) {
    chunks.push(packed(members.slice(from, from + CHUNK_MEMBERS)));
  }
  return chunks;
}

async function foundMembers(filters: SelectionFilters, frozenAt: number, ports: PlanningPorts): Promise<Member[]> {
  const { letterLists, letterReader } = ports;
  const groups = chosenGroups(await letterLists.listGroups(), filters);
  const range = { from: timeOf(filters.from, 0), to: Math.min(frozenAt, timeOf(filters.to, Number.MAX_VALUE) - 1) };
  if (range.from > range.to) return [];
  let found = 0;
  const listed = await inParallel(groups, LISTS_AT_ONCE, async (group: DeadLetterGroup) => {
    const list = { status: 'open', fingerprint: group.fingerprint } as const;
    // More than a set can have are not read: they would use up the memory.
    const entries = found > MOST_MEMBERS ? [] : await letterReader.lettersIn(list, range, MOST_MEMBERS - found);
    found += entries.length;
    return entries.map((entry) => foundIn(group, entry, ports));
  });
  // A dead letter that moves to another list while both are read is in both.
  const unique = new Map(listed.flat().map((one) => [one.deadLetterId, one]));
  const oldestFirst = [...unique.values()].sort((one, other) => one.openedAt - other.openedAt);
  if (found > MOST_MEMBERS) throw tooManyMembers(found, MOST_MEMBERS);
  const isChosen = ({ status, messageType, tenant }: LetterToPlan): boolean =>
    status === 'open' &&
    (filters.type === undefined || messageType === filters.type) &&
    (filters.tenant === undefined || tenant === filters.tenant);
  return membersAt(oldestFirst, isChosen, ports);
}

/** A dead letter that is asked for. @property letter if it is known without reading its row. */
type Asked = { deadLetterId: string; letter?: LetterToPlan };

/** The group and the card say what a planning needs, unless the card lacks data that the planner reads. */
function foundIn(
  { fingerprint, subscriber, reason }: DeadLetterGroup,
  { deadLetterId, openedAt, card }: ListedLetter,
  { plannerOf }: PlanningPorts,
): Asked & { openedAt: number } {
  if (!card) return { deadLetterId, openedAt };
  const { generation, envelope: message } = card;
  const planner = plannerOf({ subscriber, reason, message });
  if (typeof planner !== 'string' && planner.readsData && message.data === undefined) return { deadLetterId, openedAt };
  const { messageType, tenant, subject } = aboutMessage(message);
  const about = {
    ...(messageType !== undefined && { messageType }),
    ...(tenant !== undefined && { tenant }),
    ...(subject !== undefined && { subject }),
  };
  const known = { deadLetterId, status: 'open', generation, fingerprint, subscriber, reason, message } as const;
  return { deadLetterId, openedAt, letter: { ...known, ...about } };
}

const timeOf = (timestamp: string | undefined, absent: number): number =>
  timestamp === undefined ? absent : Date.parse(timestamp);

/** Dead letters that are named have to exist and to be open. */
async function namedMembers(ids: readonly string[], ports: PlanningPorts): Promise<Member[]> {
  const unusable = new Map(ids.map((id) => [id, unknownLetter(id)]));
  const isOpen = ({ deadLetterId, status, redriveId }: LetterToPlan): boolean => {
    if (status !== 'open') unusable.set(deadLetterId, closedLetter(deadLetterId, status, redriveId));
    else unusable.delete(deadLetterId);
    return status === 'open';
  };
  const members = await membersAt(
    ids.map((deadLetterId) => ({ deadLetterId })),
    isOpen,
    ports,
  );
  if (unusable.size > 0) {
    throw unusableLetters(
      ids.flatMap((id, position): [number, UnusableLetter][] => {
        const why = unusable.get(id);
        return why ? [[position, why]] : [];
      }),
    );
  }
  return members;
}

async function membersAt(
  asked: readonly Asked[],
  isChosen: (letter: LetterToPlan) => boolean,
  ports: PlanningPorts,
): Promise<Member[]> {
  const batches = Array.from({ length: Math.ceil(asked.length / BATCH) }, (_, index) =>
    asked.slice(index * BATCH, (index + 1) * BATCH),
  );
  const members = await inParallel(batches, BATCHES_AT_ONCE, async (batch) => {
    const unread = batch.flatMap(({ deadLetterId, letter }) => (letter ? [] : [deadLetterId]));
    const read = unread.length === 0 ? [] : await ports.letterReader.lettersAt(unread);
    const byId = new Map(read.map((letter) => [letter.deadLetterId, letter]));
    const letters = batch.flatMap(({ deadLetterId, letter = byId.get(deadLetterId) }) => letter ?? []).filter(isChosen);
    const verdicts = await verdictsOf(letters, ports);
    return letters.map((letter, index) => memberOf(letter, verdicts[index]));
  });
  return members.flat();
}

function memberOf(
  { deadLetterId, generation, fingerprint, subscriber, reason: failedWith, subject, messageType }: LetterToPlan,
  verdict: Awaited<ReturnType<typeof verdictsOf>>[number] = { verdict: 'handled' },
): Member {
  return {
    ...verdict,
    ...{ deadLetterId, generation, fingerprint, subscriber, failedWith },
    ...(subject !== undefined && { subject }),
    ...(messageType !== undefined && { messageType }),
  };
}
