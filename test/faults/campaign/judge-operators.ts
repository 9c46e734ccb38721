import type { AuditEntry } from '#shared/dead-letter/audit.ts';
import { FUNCTION } from '#shared/names.ts';
import type { Facts, RedriveRow } from './facts.ts';
import { requestKey } from './judge-commands.ts';
import type { PlannedRequest } from './requests.ts';
import { redriveIdOf } from './requests-operators.ts';
import { aboutRequest, isAccepted, type Report, type ReportOne } from './violations.ts';

/** The judgement of what operators did: their audit, their redrives, the owners of groups, and the pauses of subscribers. */
export function judgeOperators(facts: Facts, report: Report): void {
  const accepted = acceptedIn(facts);
  judgeAudit(facts, accepted, report);
  judgeRedrives(facts, accepted, report);
  judgeOwners(facts, report);
  judgePauses(facts, report);
}

const ACTIONS: Partial<Record<PlannedRequest['kind'], AuditEntry['action']>> = {
  discard: 'discard',
  own: 'describe-group',
  'plan-redrive': 'plan-redrive',
  'start-redrive': 'start-redrive',
  'pause-redrive': 'pause-redrive',
  'resume-redrive': 'resume-redrive',
  'stop-redrive': 'stop-redrive',
  'pause-subscriber': 'pause-subscriber',
  'resume-subscriber': 'resume-subscriber',
};

/** The accepted actions of operators. One action may have several answers. */
const acceptedIn = ({ answers }: Facts): PlannedRequest[] => [
  ...new Map(
    answers
      .filter((one) => ACTIONS[one.request.kind] !== undefined && isAccepted(one))
      .map(({ request }) => [requestKey(request), request]),
  ).values(),
];

/** Every action has exactly one entry, and every entry has its action. */
function judgeAudit({ audit }: Facts, accepted: readonly PlannedRequest[], report: Report): void {
  const byKey = Map.groupBy(audit, ({ correlationId }) => correlationId);
  for (const request of accepted) {
    const [entry, ...others] = byKey.get(request.key) ?? [];
    byKey.delete(request.key);
    if (!entry) report('lost', aboutRequest(request), 'it has no audit entry');
    else if (others.length > 0) report('doubled', aboutRequest(request), `it has ${others.length + 1} audit entries`);
    else if (!isAbout(entry, request))
      report('diverging', aboutRequest(request), `its audit entry is ${JSON.stringify(entry)}`);
  }
  for (const entries of byKey.values()) judgeOthers(entries, report);
}

/** Entries that no operator's request has. */
function judgeOthers(entries: readonly AuditEntry[], report: Report): void {
  for (const same of Map.groupBy(entries, ({ action }) => action).values()) {
    const [entry] = same as [AuditEntry];
    if (!isOfSystem(entry)) report('phantom', `audit entry ${entry.auditId}`, JSON.stringify(entry));
    else if (same.length > 1) report('doubled', `audit of ${entry.correlationId}`, `${same.length} ${entry.action}`);
  }
}

function isAbout(entry: AuditEntry, request: PlannedRequest): boolean {
  const id = request.kind === 'plan-redrive' ? redriveIdOf(request) : (request.path.split('/').at(-2) ?? '');
  const reason = 'reason' in entry ? entry.reason : undefined;
  return entry.action === ACTIONS[request.kind] && idIn(entry, request) === id && reason === request.body.reason;
}

function idIn(entry: AuditEntry, { path }: PlannedRequest): string | undefined {
  if ('deadLetterId' in entry) return entry.deadLetterId;
  // Its id is the last part of the path.
  if (entry.action === 'describe-group') return path.endsWith(`/${entry.fingerprint}`) ? 'groups' : undefined;
  return 'redriveId' in entry ? entry.redriveId : entry.subscriber;
}

/** The worker ends redrives, and the dead-letter alarm plans and starts some. They are correlated by the redrive. */
const isOfSystem = (entry: AuditEntry): boolean =>
  'redriveId' in entry &&
  entry.correlationId === entry.redriveId &&
  (entry.action === 'end-redrive' ? entry.actor === FUNCTION.runRedrive : isOfAlarm(entry));

const isOfAlarm = ({ actor }: { actor: string }): boolean => actor.startsWith('alarm:');

/** Every redrive that was started has ended, as its audit says, and counts each member once. */
function judgeRedrives(facts: Facts, accepted: readonly PlannedRequest[], report: Report): void {
  const planned = new Set(accepted.filter(({ kind }) => kind === 'plan-redrive').map(redriveIdOf));
  const audited = Map.groupBy(facts.audit, (entry) => ('redriveId' in entry ? entry.redriveId : ''));
  for (const row of facts.redrives) {
    const about = `redrive ${row.redriveId} of ${row.actor}`;
    const reportOne: ReportOne = (kind, why) => report(kind, about, why);
    if (!planned.delete(row.redriveId) && !isOfAlarm(row)) reportOne('phantom', 'no operator planned it');
    const actions = new Set((audited.get(row.redriveId) ?? []).map(({ action }) => action));
    judgeRedriveEnd(row, actions, reportOne);
    judgeCounts(row, facts, reportOne);
  }
  for (const redriveId of planned) report('lost', `redrive ${redriveId}`, 'it was planned, and is not in the table');
}

function judgeRedriveEnd({ status, stoppedBecause }: RedriveRow, actions: Set<string>, reportOne: ReportOne): void {
  const isStarted = actions.has('start-redrive');
  if (status === 'running' || status === 'paused') reportOne('unfinished', `it is ${status}`);
  else if (endsOf(actions).includes(status) && (status === 'planned') !== isStarted) {
    if (status === 'stopped' && stoppedBecause === undefined) reportOne('diverging', 'it was stopped without a reason');
  } else reportOne('diverging', `it is ${status}, its audit has ${[...actions]}`);
}

/** How a redrive ends after these actions: a person stopped it, the worker ended it, or it was not started. */
function endsOf(actions: ReadonlySet<string>): readonly RedriveRow['status'][] {
  if (actions.has('stop-redrive')) return ['stopped'];
  return actions.has('end-redrive') ? ['done', 'stopped'] : ['planned'];
}

function judgeCounts({ redriveId, status, counts, members }: RedriveRow, facts: Facts, reportOne: ReportOne): void {
  const { waiting, sent, resolved, failedAgain, skipped, unknown } = counts;
  const shown = JSON.stringify(counts);
  if (waiting + sent + resolved + failedAgain + skipped + unknown !== members)
    reportOne('lost', `it has ${members} members, and counts ${shown}`);
  if (sent > 0 || (status === 'done' && waiting > 0)) reportOne('unfinished', `it is ${status} with ${shown}`);
  const handled = facts.deadLetters.filter(({ history }) => {
    const marked = history.findIndex((action) => action.action === 'redrive' && action.redriveId === redriveId);
    return marked >= 0 && history.slice(marked).some(({ action }) => action === 'resolve');
  });
  if (resolved > handled.length)
    reportOne('phantom', `it counts ${resolved} as resolved, and ${handled.length} of its dead letters were`);
}

/** The owner of a group survives redrives and new failures. */
function judgeOwners({ audit, groups }: Facts, report: Report): void {
  const owners = new Map<string, string | null | undefined>();
  for (const entry of audit.toSorted((one, other) => (one.auditId < other.auditId ? -1 : 1)))
    if (entry.action === 'describe-group') owners.set(entry.fingerprint, entry.owner);
  for (const [fingerprint, owner] of owners) {
    const group = groups.find((one) => one.fingerprint === fingerprint);
    if (group?.owner !== owner)
      report('lost', `group ${fingerprint}`, `its owner is ${group?.owner}, the last one was ${owner}`);
  }
}

/** All subscribers run in the end; an entry stays for a few minutes after a resume. While one was paused, it was not invoked. */
function judgePauses({ pauses, invoked }: Facts, report: Report): void {
  for (const [name, { wanted, appliedAt }] of Object.entries(pauses)) {
    if (wanted === 'paused') report('unfinished', `subscriber ${name}`, 'it is still paused');
    else if (appliedAt === undefined) report('unfinished', `subscriber ${name}`, 'it was not resumed');
  }
  for (const { subscriber, count } of invoked)
    if (count > 0) report('phantom', `subscriber ${subscriber}`, `it was invoked ${count} times while it was paused`);
}
