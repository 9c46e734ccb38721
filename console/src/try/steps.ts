import { type Look, lookOf, shownStatus } from '#console/parts/looks.ts';
import type { NotificationDetailsView, TimelineEntryView } from '#shared/message-log/responses.ts';

export const STEPS = ['published', 'claimed', 'accepted', 'outcome'] as const;
export type StepName = (typeof STEPS)[number];

/**
 * `open`: the API does not say that it happened. `active`: it happens now. `done`, `attention` and `bad`: it happened, and
 * this is how it ended so far.
 */
export type StepState = 'open' | 'active' | 'done' | 'attention' | 'bad';
export type Step = {
  name: StepName;
  state: StepState;
  /** Milliseconds after the order was committed. */
  afterMs?: number;
  /** What became of the step, if its name does not say it. */
  status?: string;
};

type Message = Pick<
  NotificationDetailsView,
  'channel' | 'status' | 'recipients' | 'createdAt' | 'timeline' | 'publishedAt' | 'deferredBecause'
>;

/** The steps of a message, each lit only by what its timeline says. */
export function stepsOf(message: Message): Step[] {
  return [
    step(message, 'published', isPublished(message) ? 'done' : 'open', lastOf(message, 'published')),
    step(message, 'claimed', claimState(message), lastOf(message, 'claimed')),
    providerStep(message),
    outcomeStep(message),
  ];
}

const isPublished = ({ publishedAt, timeline }: Message): boolean =>
  publishedAt !== undefined || timeline.some(({ kind }) => kind === 'published');

function claimState(message: Message): StepState {
  if (lastOf(message, 'claimed')) return 'done';
  return message.deferredBecause ? 'attention' : 'open';
}

/** The entries that end a call of the provider, and what they mean for the step. */
const ANSWERS: Readonly<Partial<Record<TimelineEntryView['kind'], StepState>>> = {
  sent: 'done',
  rejected: 'bad',
  unknown: 'attention',
  deferred: 'attention',
};

function providerStep(message: Message): Step {
  const { status, timeline } = message;
  if (status === 'SENT') return step(message, 'accepted', 'done', lastOf(message, 'sent'), 'ACCEPTED');
  if (status === 'SENDING') return step(message, 'accepted', 'active', undefined, status);
  const answer = timeline.findLast(({ kind }) => ANSWERS[kind] !== undefined);
  if (answer && isClaimed(message))
    return step(message, 'accepted', ANSWERS[answer.kind] ?? 'open', answer, statusOf(message));
  if (message.deferredBecause) return step(message, 'accepted', 'attention', undefined, 'DEFERRED');
  return step(message, 'accepted', ENDED[status] ?? 'open', undefined, ENDED[status] && status);
}

const isClaimed = (message: Message): boolean => lastOf(message, 'claimed') !== undefined;
const statusOf = ({ status, deferredBecause }: Message): string =>
  status === 'PENDING' && deferredBecause ? 'DEFERRED' : status;

/** Messages that end without a call. */
const ENDED: Readonly<Record<string, StepState>> = { SUPPRESSED: 'bad', CANCELLED: 'bad', FAILED: 'bad' };

const TONES: Readonly<Record<Look['tone'], StepState>> = {
  good: 'done',
  busy: 'active',
  attention: 'attention',
  bad: 'bad',
  quiet: 'done',
};

function outcomeStep(message: Message): Step {
  const reported = lastOf(message, 'feedback');
  // Not every provider reports what became of a text message.
  const isUnreported = message.channel !== 'email' && message.status === 'SENT';
  if (!reported) return step(message, 'outcome', 'open', undefined, isUnreported ? 'UNREPORTED' : undefined);
  const status = shownStatus(message);
  return step(message, 'outcome', TONES[lookOf(status).tone], reported, status);
}

function step(
  { createdAt }: Message,
  name: StepName,
  state: StepState,
  entry?: TimelineEntryView,
  status?: string,
): Step {
  const afterMs = entry && Date.parse(entry.at) - Date.parse(createdAt);
  return { name, state, ...(afterMs !== undefined && { afterMs }), ...(status && { status }) };
}

const lastOf = ({ timeline }: Message, kind: TimelineEntryView['kind']): TimelineEntryView | undefined =>
  timeline.findLast((entry) => entry.kind === kind);

/** Whether nothing more is expected soon, so that the message is read less often. */
export function isSettled({ status, timeline, channel }: NotificationDetailsView): boolean {
  if (status !== 'SENT') return ['HELD', 'FAILED', 'SUPPRESSED', 'CANCELLED'].includes(status);
  return channel !== 'email' || timeline.some(({ kind }) => kind === 'feedback');
}
