import { DERIVED_ID } from '#shared/http/derived-id.ts';
import { type HttpEvent, jsonResponse, type Reply } from '#shared/http/event.ts';
import { askedPage, nextCursor } from '#shared/http/list-query.ts';
import type { TenantRequest } from '#shared/http/route.ts';
import {
  type DeadLetterGroup,
  type DeadLetterRecord,
  deadLetterIdOf,
  deadLetterKey,
  groupKey,
} from '#shared/once/dead-letter.ts';
import type { DeadLetterLists, StateStore } from '#shared/once/ports.ts';
import type { AuditEntry } from './audit.ts';
import { chosenGroups } from './chosen-groups.ts';
import type { AuditList } from './ports.ts';
import { letterNotFound } from './refusals.ts';
import { auditQuerySchema, deadLettersQuerySchema } from './requests.ts';
import type { AutomaticRedriveView, DeadLetterGroupView, DeadLetterView } from './responses.ts';

export type DeadLetterQueryPorts = {
  letters: Pick<StateStore<DeadLetterRecord>, 'read'>;
  letterGroups: Pick<StateStore<DeadLetterGroup>, 'read'>;
  letterLists: DeadLetterLists;
  auditList: AuditList;
  /** What is done automatically, by the fingerprint of the group. */
  automaticRedrives: () => Promise<ReadonlyMap<string, AutomaticRedriveView>>;
  /** The stage's secret. It signs cursors. */
  secret: () => Promise<string>;
};

/** On one page. */
const MOST_LETTERS = 100;
/** Dead letters that are read for one page if a filter matches few of them. */
const LETTERS_EXAMINED = 1000;

/** Filters of a dead letter itself. All others are about its group or its list. */
type LetterFilters = { type?: string | undefined; tenant?: string | undefined };

/**
 * For operators. API Gateway has checked their scope. Dead letters belong to the stage, not to a tenant. The filters
 * about groups choose which lists are read. So one group is found directly among any number of others.
 */
export async function listDeadLetters(event: TenantRequest, ports: DeadLetterQueryPorts): Promise<Reply> {
  const { letterLists, secret } = ports;
  const asked = await askedPage(event, deadLettersQuerySchema, async (filters) => filters, secret);
  const { filters, after } = asked;
  const { status = 'open', from, to } = filters;
  const groups = chosenGroups(await letterLists.listGroups(), filters);
  const start = after === undefined ? timeOf(from, 0) : Number(after) + 1;
  const range = { from: start, to: timeOf(to, Number.MAX_SAFE_INTEGER) - 1 };
  const { letters, last } = await pageOf(
    groups.map((group) => ({ status, fingerprint: group.fingerprint })),
    range,
    filters,
    letterLists,
  );
  const described = new Map(groups.map((group) => [group.fingerprint, group]));
  const deadLetters = letters.map((letter) => viewOf(letter, described.get(letter.fingerprint)));
  return jsonResponse(JSON.stringify({ deadLetters, ...(await nextCursor(asked, last, secret)) }));
}

const timeOf = (timestamp: string | undefined, absent: number): number =>
  timestamp === undefined ? absent : Date.parse(timestamp);

/** @returns `last`: the time after which the next page begins; undefined: there is none. */
async function pageOf(
  lists: Parameters<DeadLetterLists['listLetters']>[0],
  range: { from: number; to: number },
  { type, tenant }: LetterFilters,
  { listLetters }: DeadLetterLists,
): Promise<{ letters: DeadLetterRecord[]; last?: string }> {
  if (lists.length === 0 || range.from > range.to) return { letters: [] };
  const isFiltered = type !== undefined || tenant !== undefined;
  const page = await listLetters(lists, range, isFiltered ? LETTERS_EXAMINED : MOST_LETTERS);
  const letters = page.letters.filter(
    (letter) =>
      (type === undefined || letter.messageType === type) && (tenant === undefined || letter.tenant === tenant),
  );
  const until = letters[MOST_LETTERS - 1]?.openedAt;
  const shown = until === undefined ? letters : letters.filter(({ openedAt }) => openedAt <= until);
  const end = shown.length < letters.length ? until : page.isLast ? undefined : page.letters.at(-1)?.openedAt;
  return { letters: shown, ...(end !== undefined && { last: String(Date.parse(end)) }) };
}

/** One dead letter with its history. */
export async function getDeadLetter({ pathParameters }: HttpEvent, ports: DeadLetterQueryPorts): Promise<Reply> {
  const id = pathParameters?.deadLetterId ?? '';
  const stored = DERIVED_ID.test(id) ? await ports.letters.read(deadLetterKey(id)) : undefined;
  if (!stored) throw letterNotFound();
  const group = await ports.letterGroups.read(groupKey(stored.state.fingerprint));
  return jsonResponse(JSON.stringify(viewOf(stored.state, group?.state)));
}

/** The groups with open dead letters, the oldest first. */
export async function listDeadLetterGroups(
  _event: unknown,
  { letterLists, automaticRedrives }: DeadLetterQueryPorts,
): Promise<Reply> {
  const [groups, automatic] = await Promise.all([letterLists.listGroups(), automaticRedrives()]);
  const views = await Promise.all(
    groups.map((group) => groupView(group, automatic.get(group.fingerprint), letterLists)),
  );
  const open = views.filter(({ count }) => count > 0);
  open.sort((one, other) => (one.firstSeenAt < other.firstSeenAt ? -1 : 1));
  return jsonResponse(JSON.stringify({ groups: open }));
}

async function groupView(
  { fingerprint, subscriber, reason, errorName, frames, firstSeenAt, lastSeenAt, ...group }: DeadLetterGroup,
  automaticRedrive: AutomaticRedriveView | undefined,
  { gaugeOf }: DeadLetterLists,
): Promise<DeadLetterGroupView> {
  const { count, oldestDueAt } = await gaugeOf('open', fingerprint);
  return {
    fingerprint,
    subscriber,
    reason,
    ...(errorName !== undefined && { errorName }),
    ...(frames && { frames: [...frames] }),
    count,
    firstSeenAt: oldestDueAt === undefined ? firstSeenAt : new Date(oldestDueAt).toISOString(),
    lastSeenAt,
    ...group,
    ...(automaticRedrive && { automaticRedrive }),
  };
}

/** The fields in a fixed order, because the store returns them in any. So the same rows give the same bytes. */
function viewOf(letter: DeadLetterRecord, group: DeadLetterGroup | undefined): DeadLetterView {
  const { id, subscriber, reason, detail, messageType, tenant, subject, correlationId, errorName, frames } = letter;
  const { message, release, firstSeenAt, lastSeenAt, openedAt, count, attempts } = letter;
  const { fingerprint, status, generation, redriveId, editedFrom, editedTo, history } = letter;
  const { owner, note } = group ?? {};
  const view = {
    deadLetterId: deadLetterIdOf(letter),
    ...{ id, subscriber, reason, detail, messageType, tenant, subject, correlationId },
    ...{ errorName, frames: frames && [...frames], message, release },
    ...{ firstSeenAt, lastSeenAt, openedAt, count, attempts },
    ...{ fingerprint, owner, note, status, generation, redriveId, editedFrom, editedTo, history: [...history] },
  };
  return view;
}

/** Entries on one page. */
const MOST_ENTRIES = 100;

/** What operators did, latest first. */
export async function listAudit(event: TenantRequest, { auditList, secret }: DeadLetterQueryPorts): Promise<Reply> {
  const asked = await askedPage(event, auditQuerySchema, async (filters) => filters, secret);
  const { filters, after } = asked;
  const { from, to } = filters;
  const range = {
    ...(from !== undefined && { from: Date.parse(from) }),
    ...(to !== undefined && { to: Date.parse(to) }),
    ...(after !== undefined && { after }),
  };
  const entries: AuditEntry[] = await auditList.listAudit(range, MOST_ENTRIES + 1);
  const shown = entries.slice(0, MOST_ENTRIES);
  const last = entries.length > MOST_ENTRIES ? shown.at(-1)?.auditId : undefined;
  return jsonResponse(JSON.stringify({ entries: shown, ...(await nextCursor(asked, last, secret)) }));
}
