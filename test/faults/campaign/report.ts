import { CALLS, faultsOf, PAIRS, pairName } from './calls.ts';
import { KILLED } from './plan.ts';
import { type Campaign, sum } from './run.ts';
import { ends, letterEnds, purposes, redriveEnds, settledUnknowns, type Tally } from './unknowns.ts';
import { VIOLATIONS } from './violations.ts';

/** The whole report, line by line: what was done, the results, and every violation with the place to look. */
export function reportOf(campaign: Campaign): string[] {
  return [...work(campaign), ...faults(campaign), ...kills(campaign), ...outcomes(campaign), ...verdict(campaign)];
}

export const hasFailed = ({ violations, callsWithoutFaults, collapses }: Campaign): boolean =>
  violations.length + callsWithoutFaults.length + collapses > 0;

const row = (name: string, value: number | string): string => `  ${name.padEnd(64)}${String(value).padStart(7)}`;
const byName = ([one]: [string, number], [other]: [string, number]): number => (one < other ? -1 : 1);
const rows = (tally: Tally): string[] => [...tally].toSorted(byName).map(([name, count]) => row(name, count));

function work({ seed, orders, seconds, facts }: Campaign): string[] {
  const { answers, requests, repeated, seen } = facts;
  const count = (kind: string): number =>
    new Set(requests.filter((request) => request.kind === kind).map(({ key }) => key)).size;
  return [
    `Fault campaign: ${orders} orders, seed ${seed}, ${seconds} s`,
    '',
    'Clients and operators',
    row('customers registered', count('register')),
    row('orders placed', count('place')),
    row('items added', count('item')),
    row('orders confirmed, approved or cancelled: commands', count('step')),
    row('commands that the order refuses', count('too-much')),
    row('direct notifications', count('message')),
    row('of them to be sent later', requests.filter(({ message }) => message?.sendAt !== undefined).length),
    row('of them with a file', requests.filter(({ message }) => message?.sha256 !== undefined).length),
    row('cancellations, two of a message', count('cancel')),
    row('changes of the tenants’ settings', count('settings')),
    row('replays of the list of orders', count('replay')),
    row('replays that were stopped, or too late', count('stop-replay')),
    row('dead letters that operators discarded: commands', count('discard')),
    row('owners of groups that operators set', count('own')),
    row('redrives that operators planned', count('plan-redrive')),
    row('starts of redrives, also refused ones', count('start-redrive')),
    row('redrives that operators paused and resumed', count('pause-redrive')),
    row('redrives that operators stopped, or too late', count('stop-redrive')),
    row('subscribers paused and resumed', count('pause-subscriber')),
    row('answers to commands', answers.length),
    row('of them repetitions, answered with the stored outcome', answers.filter(({ replayed }) => replayed).length),
    row('of them 422: another body under a used key', answers.filter(({ status }) => status === 422).length),
    row('reads, including those of other tenants', seen.length),
    row('repeated tries', sum(repeated)),
    ...[...repeated].toSorted(byName).map(([problem, count]) => row(`  ${problem}`, count)),
  ];
}

function faults({ hits }: Campaign): string[] {
  const kinds = [...new Set(CALLS.flatMap(faultsOf))];
  const byKind = new Map(
    kinds.map((kind) => [kind, CALLS.reduce((all, call) => all + (hits.get(pairName(call, kind)) ?? 0), 0)]),
  );
  const missed = PAIRS.filter((pair) => !hits.has(pair));
  return [
    '',
    'Faults injected at calls of functions',
    ...kinds.map((kind) => row(kind, byKind.get(kind) ?? 0)),
    row('all', sum(hits)),
    row('calls of functions × kinds of faults, hit', `${PAIRS.length - missed.length}/${PAIRS.length}`),
    ...missed.slice(0, MOST_NAMED).map((pair) => `    not hit: ${pair}`),
    ...(missed.length > MOST_NAMED ? [`    … and ${missed.length - MOST_NAMED} more`] : []),
  ];
}

const MOST_NAMED = 20;

const KILL_NAMES = {
  cloud: 'the whole local cloud (npm start), started again on its folder',
  dynamodb: 'the DynamoDB engine',
  messaging: 'the SNS and SQS engine',
} as const;

function kills({ kills: killed, hits, wakes }: Campaign): string[] {
  const environments = [...hits].reduce(
    (all, [pair, count]) => (/ kill-(before|after)$/.test(pair) ? all + count : all),
    0,
  );
  return [
    '',
    'Processes killed (SIGKILL) while orders were placed',
    ...KILLED.map((one) => row(KILL_NAMES[one], killed.get(one) ?? 0)),
    row('all', sum(killed)),
    row('environments of functions, by kill-before and kill-after', environments),
    row('early starts of scheduled functions, which were killed', wakes),
  ];
}

function outcomes({ facts }: Campaign): string[] {
  const { emails, texts, probes, notifications, orders, deadLetters, queues, messages, observed } = facts;
  const dead = queues.filter(({ name }) => name.endsWith(', dead'));
  return [
    '',
    'Results',
    row('orders in the table', orders.length),
    row('notifications', notifications.length),
    row('e-mails accepted by the provider', emails.length),
    row('text messages accepted by the provider', texts.length),
    row('probes of the feed', probes),
    row('messages in outbox rows', messages.length),
    row(
      'messages observed on the topic, repetitions included',
      observed.reduce((all, { times }) => all + times, 0),
    ),
    row('dead letters', deadLetters.length),
    ...rows(letterEnds(facts)).map((line) => `  ${line}`),
    ...dead.map(({ name, depth }) => row(`queue of ${name} letters`, depth)),
    '',
    'How redrives ended',
    ...rows(redriveEnds(facts)),
    '',
    'How notifications ended',
    ...rows(ends(facts)),
    '',
    'What the notifications are for',
    ...rows(purposes(facts)),
    '',
    'How each unknown outcome was settled',
    ...rows(settledUnknowns(facts)),
  ];
}

function verdict({ violations, callsWithoutFaults, collapses, dataDir }: Campaign): string[] {
  const found = Map.groupBy(violations, ({ kind }) => kind);
  return [
    '',
    'Violations',
    ...VIOLATIONS.map((kind) => row(kind, found.get(kind)?.length ?? 0)),
    ...violations.flatMap(({ kind, about, why }) => ['', `${kind}: ${about}`, `  ${why}`]),
    ...(violations.length > 0 || collapses > 0
      ? [
          '',
          `Look for the correlation ids in ${dataDir}/logs: grep -h '<id>' ${dataDir}/logs/*.log; the table and the inbox are there too.`,
        ]
      : []),
    ...callsWithoutFaults.map(
      (call) => `A call that no fault was injected into; add it to test/faults/campaign/calls.ts: ${call}`,
    ),
    ...(collapses > 0 ? [`The local cloud ended ${collapses} times without a kill.`] : []),
  ];
}
