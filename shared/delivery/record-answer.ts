import { type NotificationCommand, notificationDecider } from '#shared/notification/decider.ts';
import type { AnsweredStart } from '#shared/notification/notification.ts';
import type { NotificationKey } from '#shared/notification/ports.ts';
import { callsSinceDecision, type Repeat } from '#shared/notification/repeat.ts';
import type { Metadata } from '#shared/once/envelopes.ts';
import type { ExecutorPorts } from '#shared/once/execute.ts';
import { executeTransition } from '#shared/once/transition.ts';
import { type ClaimPorts, releaseClaim, repeatLater, type TakenClaim } from './claim.ts';
import { type Pausing, pauseAfter } from './pauses.ts';
import type { ProviderAnswer } from './provider.ts';

export type RecordingPorts = ExecutorPorts &
  ClaimPorts & { sender: { subscriber: string; unknownDeadlineMs: number } & Pausing };

/** The call whose answer is recorded. */
export type Recording = { key: NotificationKey; claim: TakenClaim; metadata: Metadata };

/** Records the provider's answer. A claim whose call was certainly not accepted is released. */
export async function recordAnswer(answer: ProviderAnswer, recording: Recording, ports: RecordingPorts): Promise<void> {
  const { nonce } = recording.claim;
  const now = ports.clock.now();
  switch (answer.kind) {
    case 'accepted':
      return transition(
        recording,
        {
          type: 'RecordAcceptance',
          nonce,
          providerMessageId: answer.providerMessageId,
          acceptedAt: new Date(now).toISOString(),
        },
        ports,
      );
    case 'rejected':
      return transition(
        recording,
        { type: 'RecordRejection', nonce, reason: answer.reason, ...answerOf(answer) },
        ports,
      );
    case 'repeat':
      return repeat(answer, recording, ports);
    case 'unknown':
      return transition(
        recording,
        { type: 'RecordUnknown', nonce, reason: answer.reason, deadline: now + ports.sender.unknownDeadlineMs },
        ports,
      );
    case 'deferred':
      return releaseClaim(recording.key, recording.claim, answer.reason, ports);
    default:
      return answer satisfies never;
  }
}

const answerOf = ({ answer }: { answer?: AnsweredStart }): { answer?: AnsweredStart } => (answer ? { answer } : {});

/** Makes the same call again after the next pause. After the last pause, a person has to decide. */
async function repeat(
  { outcome, reason, answer, notBeforeMs = 0 }: Extract<ProviderAnswer, { kind: 'repeat' }>,
  recording: Recording,
  ports: RecordingPorts,
): Promise<void> {
  const { key, claim } = recording;
  const now = ports.clock.now();
  const made: Repeat = { nonce: claim.nonce, outcome, reason, now, ...answerOf({ ...(answer && { answer }) }) };
  const pauseMs = pauseAfter(callsSinceDecision(claim.stored.state), notBeforeMs, ports);
  if (pauseMs === undefined) return transition(recording, { type: 'EndRepeats', repeat: made }, ports);
  return repeatLater(key, claim, made, now + pauseMs, ports);
}

/** The executor commits the outcome of the call together with its event. */
async function transition(
  { key, claim, metadata }: Recording,
  command: NotificationCommand,
  ports: RecordingPorts,
): Promise<void> {
  const transitionId = `${key.notificationId}#${claim.nonce}#${command.type}`;
  await executeTransition(
    { decider: notificationDecider, key, command, assume: claim.stored },
    { subscriber: ports.sender.subscriber, transitionId, metadata },
    ports,
  );
}
