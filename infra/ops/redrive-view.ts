import type { PlanView, RedriveView } from '#shared/redrive/responses.ts';
import { bar, ratePerSecond, type Sample } from './progress.ts';
import { type Column, formatTable } from './table.ts';
import { counted, duration } from './text.ts';

/** What each verdict of a plan means for the person who reads it. */
const VERDICTS = [
  ['handled', 'would be handled'],
  ['alreadyDone', 'already done: recognised, and not done again'],
  ['unknown', 'outcome unknown: settled first, nothing is sent on a guess'],
  ['dropped', 'would be dropped'],
] as const;

/** A plan as a text. @param width of the terminal. */
export function formatPlan({ members, counts, dropped, groups, samples, frozenAt }: PlanView, width: number): string {
  const verdicts = VERDICTS.filter(([verdict]) => counts[verdict] > 0).map(([verdict, meaning]) => {
    const examples = samples[verdict].map(({ deadLetterId }) => deadLetterId);
    return { count: counts[verdict], meaning, example: examples[0] };
  });
  return [
    `${counted(members, 'member')}, frozen at ${frozenAt}. Later dead letters are not touched.`,
    '',
    formatTable(VERDICT_COLUMNS, verdicts, width),
    ...(dropped.length > 0 ? [formatTable(DROPPED_COLUMNS, droppedOf({ dropped, samples }), width)] : []),
    formatTable(GROUP_COLUMNS, groups, width).trimEnd(),
    ...pauseWarnings(groups),
  ].join('\n');
}

/** A redrive cannot be started while one of its subscribers is paused. */
function pauseWarnings(groups: PlanView['groups']): string[] {
  const pauses = new Map(groups.flatMap(({ subscriber, paused }) => (paused ? [[subscriber, paused]] : [])));
  return Array.from(pauses, ([subscriber, { since, actor, reason, owner }]) => {
    const ends = owner === undefined ? '' : `, owner ${owner}`;
    return `\n${subscriber} is paused since ${since} by ${actor}${ends}: ${reason ?? 'no reason given'}. Start the redrive when it is resumed.`;
  });
}

const VERDICT_COLUMNS: Column<{ count: number; meaning: string; example: string | undefined }>[] = [
  { title: 'MEMBERS', value: ({ count }) => String(count), align: 'right' },
  { title: 'WHAT WOULD HAPPEN', value: ({ meaning }) => meaning },
  { title: 'EXAMPLE', value: ({ example }) => example, isWhole: true },
];

type Dropped = PlanView['dropped'][number] & { example: string | undefined };

/** Each reason with an example, if there is one. */
const droppedOf = ({ dropped, samples }: Pick<PlanView, 'dropped' | 'samples'>): Dropped[] =>
  dropped.map((one) => {
    const example = samples.dropped.find(({ reason }) => reason === one.reason);
    return { ...one, example: example?.deadLetterId };
  });

const DROPPED_COLUMNS: Column<Dropped>[] = [
  { title: 'DROPPED', value: ({ count }) => String(count), align: 'right' },
  { title: 'BECAUSE', value: ({ reason }) => reason },
  { title: 'EXAMPLE', value: ({ example }) => example, isWhole: true },
];

const GROUP_COLUMNS: Column<PlanView['groups'][number]>[] = [
  { title: 'GROUP', value: ({ fingerprint }) => fingerprint, isWhole: true },
  { title: 'MEMBERS', value: ({ members }) => String(members), align: 'right' },
  { title: 'SUBSCRIBER', value: ({ subscriber }) => subscriber },
  { title: 'REASON', value: ({ reason }) => reason },
];

/** How it would be sent: rate, steps, and when it stops by itself. */
export function formatTerms({ ratePerSecond: rate, canary, stopAbove, plan }: RedriveView): string {
  const steps = canary.filter((size) => size < plan.members);
  const begins = steps.length === 0 ? 'All at once' : `First ${steps.join(', then ')}, then the rest`;
  const percent = Math.round(stopAbove * 100);
  const seconds = Math.ceil((plan.members - plan.counts.dropped) / rate);
  return `${begins}, at ${rate} a second: ${duration(seconds * 1000)} and the time of the verdicts. It stops if more than ${percent} % of a step fail again.`;
}

/** Members that have ended, in any way. */
export const endedMembers = ({ counts }: Pick<RedriveView, 'counts'>): number =>
  counts.resolved + counts.failedAgain + counts.skipped + counts.unknown;

/** The progress of a redrive, for a terminal. @param width of the terminal. */
export function formatProgress(redrive: RedriveView, samples: readonly Sample[], width: number): string {
  const { plan, counts, steps, status } = redrive;
  const ended = endedMembers(redrive);
  const share = plan.members === 0 ? 1 : ended / plan.members;
  const figures = `${Math.floor(share * 100)} %, ${ended} of ${plan.members}${speedOf(redrive, samples)}`;
  const { waitsForSubscribers: held = [] } = redrive;
  const waits = held.length === 0 ? undefined : `waits for ${held.join(', ')}: paused`;
  const { waitsBecause } = redrive;
  const waitsFor = waits ?? (waitsBecause === undefined ? undefined : `waits: ${waitsBecause}`);
  const because = redrive.stoppedBecause ?? redrive.pausedBecause ?? waitsFor;
  const parts = [
    `Redrive ${redrive.redriveId}: ${status}${because ? ` (${because})` : ''}, by ${redrive.actor}${runningStep(redrive)}`,
    `${bar(share, Math.min(40, Math.max(12, width - figures.length - 1)))} ${figures}`,
    `resolved ${counts.resolved}, failed again ${counts.failedAgain}, sent ${counts.sent}, skipped ${counts.skipped}, unknown ${counts.unknown}, waiting ${counts.waiting}`,
    ...steps.map((step, index) => `  step ${index + 1}, ${counted(step.size, 'member')}: ${stepStatus(step)}`),
  ];
  return parts.join('\n');
}

/** Where it is in the canary. Without a terminal, there are no lines for the steps. */
function runningStep({ status, steps }: RedriveView): string {
  const running = steps.findIndex((step) => step.status === 'running');
  return status === 'running' && running >= 0 ? `, step ${running + 1} of ${steps.length}` : '';
}

function speedOf(redrive: RedriveView, samples: readonly Sample[]): string {
  const { status, remainingSeconds = 0, plan } = redrive;
  if (status !== 'running') return '';
  const rate = ratePerSecond(samples);
  const measured = rate === undefined ? '' : `, ${rate.toFixed(rate < 10 ? 1 : 0)}/s`;
  // The redrive's own figure is about its rate. While it waits for a verdict, it is slower.
  const seconds = rate === undefined ? remainingSeconds : (plan.members - endedMembers(redrive)) / rate;
  const left = Math.ceil(Math.max(remainingSeconds, seconds));
  return Number.isFinite(left) ? `${measured}, ${duration(left * 1000)} left` : measured;
}

function stepStatus(step: RedriveView['steps'][number]): string {
  const { status, share, pending, resolved, failedAgain, size, sent } = step;
  if (status === 'waiting') return 'waiting';
  // A canary step is larger than was asked for, because it takes another member for each that is not sent.
  const notSent = size > sent ? `, ${size - sent} not sent` : '';
  if (share !== undefined) return `${status}, ${Math.round(share * 100)} % failed again${notSent}`;
  return `${status}, ${resolved} resolved, ${failedAgain} failed again, ${pending} pending`;
}
