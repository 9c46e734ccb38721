import { DERIVED_ID } from '#shared/http/derived-id.ts';
import { type HttpEvent, jsonResponse, type Reply } from '#shared/http/event.ts';
import { QUERY_FAULTS } from '#shared/http/input/fault-texts.ts';
import { problemOfRejection, problemResponse } from '#shared/http/problem.ts';
import { parseQuery, refuseFaults } from '#shared/http/query-parameters.ts';
import { type DeadLetterRecord, deadLetterKey } from '#shared/once/dead-letter.ts';
import type { StateStore } from '#shared/once/ports.ts';
import { REDRIVE_NOT_FOUND } from './decider.ts';
import { CHUNK_MEMBERS, type RedriveMember, unpacked } from './members.ts';
import type { RedriveList, RedriveSets } from './planning-ports.ts';
import { type Redrive, redriveKey } from './redrive.ts';
import { redriveQuerySchema } from './requests.ts';
import { redriveView } from './view.ts';

export type RedriveQueryPorts = {
  redrives: Pick<StateStore<Redrive>, 'read'>;
  redriveList: RedriveList;
  redriveSets: Pick<RedriveSets, 'readChunks'>;
  letters: Pick<StateStore<DeadLetterRecord>, 'read'>;
};

/** Members that one answer names, and chunks that are read for it. */
const MOST_NAMED = 100;
const MOST_CHUNKS = 40;

/** The progress of a redrive, and the members that failed again or were skipped. */
export async function getRedrive(event: HttpEvent, ports: RedriveQueryPorts): Promise<Reply> {
  const { query, faults } = parseQuery(event, redriveQuerySchema, QUERY_FAULTS);
  if (faults) refuseFaults(faults);
  const redriveId = event.pathParameters?.redriveId ?? '';
  const stored = DERIVED_ID.test(redriveId) ? await ports.redrives.read(redriveKey(redriveId)) : undefined;
  if (!stored) return problemResponse(problemOfRejection(REDRIVE_NOT_FOUND));
  const { named, next } = await namedFrom(Number(query.cursor ?? 0), stored.state, ports);
  const failed = named.filter(({ result }) => result === 'failedAgain');
  const skipped = named.filter(({ result }) => result === 'skipped' || result === 'unknown');
  const answered = {
    ...redriveView(stored.state),
    failedAgain: await Promise.all(failed.map((member) => failureOf(member, ports))),
    skipped: skipped.map(({ deadLetterId, result, because }) => ({
      deadLetterId,
      reason: result === 'unknown' ? 'OUTCOME_UNKNOWN' : (because ?? 'SKIPPED'),
    })),
    ...(next !== undefined && { nextCursor: String(next) }),
  };
  return jsonResponse(JSON.stringify(answered));
}

const isNamed = ({ result }: RedriveMember): boolean =>
  result === 'failedAgain' || result === 'skipped' || result === 'unknown';

/** Members to be named, from this position on. @returns `next`: where the next page begins. */
async function namedFrom(
  position: number,
  { set, plan, status }: Redrive,
  { redriveSets }: RedriveQueryPorts,
): Promise<{ named: RedriveMember[]; next?: number }> {
  if (status === 'planned') return { named: [] };
  const first = Math.floor(position / CHUNK_MEMBERS);
  const count = Math.min(MOST_CHUNKS, set.chunks - first);
  const chunks = count > 0 ? await redriveSets.readChunks(set.id, first, count) : [];
  const members = chunks.flatMap((chunk) => unpacked(chunk.members));
  const named: RedriveMember[] = [];
  let at = position;
  for (; at < first * CHUNK_MEMBERS + members.length && named.length < MOST_NAMED; at += 1) {
    const member = members[at - first * CHUNK_MEMBERS];
    if (member && isNamed(member)) named.push(member);
  }
  return { named, ...(chunks.length > 0 && at < plan.members && { next: at }) };
}

/** Its dead letter says why it failed. */
async function failureOf({ deadLetterId, because }: RedriveMember, { letters }: RedriveQueryPorts) {
  const letter = await letters.read(deadLetterKey(deadLetterId));
  const { reason = because ?? '', detail = '' } = letter?.state ?? {};
  return { deadLetterId, reason, detail };
}

const MOST_REDRIVES = 100;

/** The latest redrives, latest first. */
export async function listRedrives(_event: unknown, { redriveList }: RedriveQueryPorts): Promise<Reply> {
  const redrives = await redriveList.listRedrives();
  const latest = redrives.sort((one, other) => (one.createdAt < other.createdAt ? 1 : -1)).slice(0, MOST_REDRIVES);
  return jsonResponse(JSON.stringify({ redrives: latest.map(redriveView) }));
}
