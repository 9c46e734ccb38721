import { httpCommandId } from '#shared/once/command-id.ts';
import { judgeAnswers } from '#test/support/judge/commands.ts';
import type { Facts } from './facts.ts';
import type { PlannedRequest } from './requests.ts';
import { isRefusal } from './requests-operators.ts';
import type { ReceivedAnswer } from './sending.ts';
import { aboutRequest, isAccepted, type Report } from './violations.ts';

/** The judgement of commands and of the answers to their clients. */

const commandIdOf = ({ tenant, method = 'POST', path, key }: PlannedRequest): string =>
  httpCommandId({ tenant, method, path, idempotencyKey: key });

/** Tenant, path and key identify a command; its id is a hash of them. */
const commandKey = (tenant: string, orderId: string, commandId: string): string => `${tenant} ${orderId} ${commandId}`;
export const requestKey = (request: PlannedRequest): string =>
  commandKey(request.tenant, request.orderId, commandIdOf(request));
/** Whether a key keeps this answer for ever: the command was accepted, or rejected by the order. */
const isOutcome = (answer: ReceivedAnswer): boolean =>
  isAccepted(answer) || (answer.status === 409 && !isRefusal(answer));
const CONFLICT = 422;
/** The answer of a declaration contains the upload URL, which is signed again for each repetition. */
const isRenewed = ({ kind }: PlannedRequest): boolean => kind === 'declare';

export function judgeClients({ requests, answers }: Facts, report: Report): void {
  const answersBy = Map.groupBy(answers, ({ request }) => request);
  for (const request of requests) judgeStatuses(request, answersBy.get(request) ?? [], report);
  const outcomes = answers
    .filter(isOutcome)
    .map(({ request, text }) => ({ key: requestKey(request), request, ...(!isRenewed(request) && { text }) }));
  const byKey = Map.groupBy(requests, requestKey);
  for (const { key, what, why } of judgeAnswers(outcomes)) {
    const [first] = byKey.get(key) as [PlannedRequest];
    report('diverging', aboutRequest(first), `one key, ${what}: ${why}`);
  }
  for (const same of byKey.values()) {
    const [first] = same as [PlannedRequest];
    const own = same.flatMap((request) => answersBy.get(request) ?? []);
    if (own.length > 0 && own.every((one) => one.status === CONFLICT && !isRefusal(one)))
      report('lost', aboutRequest(first), 'every body under this key was answered as a conflict, so none was accepted');
  }
}

/** The statuses that each kind of request may end with. What is too late is answered with 409. */
const OUTCOMES: Record<PlannedRequest['kind'], readonly number[]> = {
  register: [201],
  place: [201],
  item: [200],
  'too-much': [409],
  step: [200],
  message: [202],
  cancel: [200, 409],
  declare: [201],
  settings: [200],
  replay: [202],
  'stop-replay': [200, 409],
  discard: [200],
  own: [200],
  'plan-redrive': [201],
  'start-redrive': [200],
  'pause-redrive': [200, 409],
  'resume-redrive': [200, 409],
  'stop-redrive': [200, 409],
  'pause-subscriber': [202],
  'resume-subscriber': [202],
};

function judgeStatuses(request: PlannedRequest, answers: ReceivedAnswer[], report: Report): void {
  if (answers.length === 0) report('unfinished', aboutRequest(request), 'it has no answer');
  const statuses = new Set(answers.filter((one) => !isRefusal(one)).map(({ status }) => status));
  if (statuses.size > 1)
    report('diverging', aboutRequest(request), `the same request was answered ${[...statuses].join(' and ')}`);
  for (const status of statuses) {
    if (status === 0) report('unfinished', aboutRequest(request), 'its client gave up');
    else if (status === 404) report('lost', aboutRequest(request), 'it was accepted, but is missing');
    else if (!OUTCOMES[request.kind].includes(status) && status !== CONFLICT)
      report('diverging', aboutRequest(request), `answered ${status}`);
  }
}

/** The table contains each answered command once, with the answer that its client received, and no other commands. */
export function judgeCommands({ answers, requests, commands }: Facts, report: Report): void {
  const stored = new Map(commands.map((row) => [commandKey(row.tenant, row.orderId, row.commandId), row]));
  const answered = new Map(answers.filter(isOutcome).map((one) => [requestKey(one.request), one]));
  for (const [key, one] of answered) {
    const row = stored.get(key);
    if (!row) report('lost', aboutRequest(one.request), 'it was answered, but its record is not in the table');
    else if (row.accepted !== isAccepted(one) || (row.accepted && row.answer !== one.text && !isRenewed(one.request)))
      report('diverging', aboutRequest(one.request), `answered ${one.text}, stored ${row.answer}`);
  }
  const requested = new Set(requests.map(requestKey));
  for (const [key] of stored)
    if (!requested.has(key)) report('phantom', key, 'a command in the table that no client sent');
}
