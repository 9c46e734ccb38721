import type { Subject } from '#shared/messaging/identity.ts';
import { PoisonMessage } from '#shared/messaging/parse.ts';
import { shapeOf } from '#shared/messaging/versions.ts';
import { VERDICTS, type Verdict } from '#shared/once/planner.ts';

/** A dead letter in a frozen set. It is a member only in this generation. */
export type RedriveMember = {
  deadLetterId: string;
  generation: number;
  verdict: Verdict;
  /** A code: why it would be dropped. */
  reason?: string;
  /** What became of it. Absent: it waits. */
  result?: MemberResult;
  /** A code: why it was skipped, or proves nothing. */
  because?: string;
};

/** Why a member that was sent proves nothing: its subscriber has handled it before, and only recognises it. */
export const ALREADY_DONE = 'ALREADY_DONE';

/** Whether its subscriber only recognises it: the plan has said so, or the last look before it was sent. */
export const isRepetition = ({ verdict, result, because }: RedriveMember): boolean =>
  (verdict === 'alreadyDone' || because === ALREADY_DONE) &&
  (result === undefined || result === 'sent' || result === 'resolved');

export const MEMBER_RESULTS = ['sent', 'resolved', 'failedAgain', 'skipped', 'unknown'] as const;
export type MemberResult = (typeof MEMBER_RESULTS)[number];

/**
 * A part of a frozen set. A set has the name of its planning, not of its redrive. So a planning that is repeated does not
 * touch the set of the first, and a set that no redrive names means nothing. Its rows expire by themselves.
 */
export type RedriveChunk = {
  set: string;
  /** From 0. */
  index: number;
  /** See `packed`. */
  members: string;
};

export const REDRIVE_CHUNK = shapeOf<RedriveChunk>('redrivechunk');

/** Each chunk has its own partition, because one partition accepts a thousand write units a second. */
export const chunkKey = (set: string, index: number): Subject => ({
  tenant: '',
  type: REDRIVE_CHUNK.name,
  id: `${set}-${index}`,
});

/** Members of one chunk. A chunk is about 9 KB: a page of a redrive writes it again. */
export const CHUNK_MEMBERS = 250;

/**
 * Members as text, one in a line: `<id> <generation> <verdict>[:<reason>] [<result>[:<because>]]`. A map for each member
 * would take twice the bytes, and most of the time of a planning.
 */
export const packed = (members: readonly RedriveMember[]): string => members.map(lineOf).join('\n');

const withCode = (word: string, code: string | undefined): string => (code === undefined ? word : `${word}:${code}`);

const lineOf = ({ deadLetterId, generation, verdict, reason, result, because }: RedriveMember): string => {
  const planned = `${deadLetterId} ${generation} ${withCode(verdict, reason)}`;
  return result === undefined ? planned : `${planned} ${withCode(result, because)}`;
};

/** @throws PoisonMessage if a line is not a member. */
export const unpacked = (members: string): RedriveMember[] => (members === '' ? [] : members.split('\n').map(memberOf));

function memberOf(line: string): RedriveMember {
  const [deadLetterId = '', generation, planned = '', ended = ''] = line.split(' ');
  const [verdictName, reason] = planned.split(':');
  const [resultName, because] = ended.split(':');
  const verdict = VERDICTS.find((one) => one === verdictName);
  const result = MEMBER_RESULTS.find((one) => one === resultName);
  if (!verdict || (ended !== '' && !result))
    throw new PoisonMessage('MALFORMED', 'A member of a redrive is unreadable.');
  return {
    deadLetterId,
    generation: Number(generation),
    verdict,
    ...(reason !== undefined && { reason }),
    ...(result && { result }),
    ...(because !== undefined && { because }),
  };
}
