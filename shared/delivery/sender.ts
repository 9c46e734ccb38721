import { isAbsenceFinal } from '#shared/messaging/absence.ts';
import type { StoredState } from '#shared/messaging/rows.ts';
import type { Log } from '#shared/messaging/system.ts';
import type { Channel } from '#shared/names.ts';
import {
  type DirectEmail,
  isDirect,
  type NotificationContent,
  type Rendered,
  type Renderer,
} from '#shared/notification/content.ts';
import { type NotificationCommand, notificationDecider } from '#shared/notification/decider.ts';
import { isClaimable, type Notification } from '#shared/notification/notification.ts';
import { notificationKey } from '#shared/notification/notification-id.ts';
import type { NotificationKey, NotificationStore } from '#shared/notification/ports.ts';
import { isSystemReason, type SystemReason, systemReasonOf } from '#shared/notification/redrive.ts';
import type { SettingsReader } from '#shared/notification/settings/settings-reader.ts';
import type { Metadata } from '#shared/once/envelopes.ts';
import type { ExecutorPorts } from '#shared/once/execute.ts';
import { NotItsTurn } from '#shared/once/return-to-queue.ts';
import { executeTransition } from '#shared/once/transition.ts';
import type { AttachmentLoader, Loaded } from './attachment-loading.ts';
import type { CircuitBreaker, Permit } from './circuit-breaker.ts';
import { postpone, releaseClaim, takeClaim } from './claim.ts';
import { commonReason, leaveToErasures, objectionsTo, positionsLeftOut } from './objections.ts';
import type { Pacer } from './pacer.ts';
import type { Pausing } from './pauses.ts';
import type { ObjectionStore } from './ports.ts';
import type { LoadedFile, OutgoingMessage, Provider, ProviderAnswer } from './provider.ts';
import { recordAnswer } from './record-answer.ts';

export type SenderSettings = {
  channel: Channel;
  /** Renders the message from the notification's content. */
  render: Renderer;
  /** Name of the function; a part of the ids under which its transitions are recorded. */
  subscriber: string;
  leaseMs: number;
  /** How long a call to the provider may take at most. */
  providerTimeoutMs: number;
  /** How long an unknown outcome waits for evidence. */
  unknownDeadlineMs: number;
} & Pausing;

export type SenderPorts = ExecutorPorts & {
  notifications: NotificationStore & ObjectionStore;
  provider: Provider;
  pace: Pacer;
  /** Whether the provider may be called: the channel's circuit breaker. */
  circuit: CircuitBreaker;
  log: Log;
  /** The settings that contents name. */
  settingsVersion: SettingsReader['version'];
  /** For channels whose messages have attachments. */
  attachments?: AttachmentLoader;
  sender: SenderSettings;
};

export type SendRequest = { tenant: string; notificationId: string; metadata: Metadata };

/**
 * The result of a request. `no-time`, `content-unseen`: nothing was sent, and the queue should redeliver it. A code: it
 * failed now or earlier, for a reason about this system.
 */
export type SendReport =
  | 'no-such-notification'
  | 'not-claimable'
  | 'suppressed'
  | 'left-to-erasure'
  | SystemReason
  | 'content-unseen'
  | 'lost-claim'
  | 'no-time'
  | 'circuit-open'
  | ProviderAnswer['kind'];

/** The longest wait for a turn in an invocation. A batch that waited longer would keep another tenant's messages waiting. */
const LONGEST_WAIT_MS = 10_000;

/** Time reserved, in addition to the provider's timeout, to record the provider's answer. */
const RECORDING_MS = 1000;

/**
 * Sends one notification if its row permits it: claim, call once, record. Every write after the claim is bound to the
 * claim's nonce, so a sender that resumes after a long pause changes nothing.
 * @param remainingMs remaining time of the invocation; read again before the call.
 * @throws NotItsTurn: nothing was written. Messages of this or other tenants have the provider's rate until then.
 */
export async function sendNotification(
  request: SendRequest,
  remainingMs: () => number,
  ports: SenderPorts,
): Promise<SendReport> {
  const { notifications, clock, sender } = ports;
  const key = notificationKey(request.tenant, request.notificationId);
  const found = key && (await notifications.readWithContent(key));
  if (!key || !found) return 'no-such-notification';
  const notification = found.stored.state;
  if (notification.channel !== sender.channel) return 'not-claimable';
  // An invocation that died after the failure was committed has not reported it.
  if (!isClaimable(notification, clock.now())) return systemReasonOf(notification) ?? 'not-claimable';

  const content = found.content;
  if (!content) {
    // A content that is still missing after that time has expired, because content is kept for at least a day.
    if (!isAbsenceFinal(notification.createdAt, clock.now())) return 'content-unseen';
    await settleUnclaimed(request, key, found.stored, { type: 'Fail', reason: 'CONTENT_GONE' }, ports);
    return 'CONTENT_GONE';
  }
  const objections = await objectionsTo(key.tenant, notification, ports);
  if (await leaveToErasures(key.notificationId, found.stored, objections, request.metadata, ports)) {
    return 'left-to-erasure';
  }
  const leftOut = positionsLeftOut(notification, objections);
  const recipients = content.recipients.filter((_, position) => !leftOut.includes(position));
  if (recipients.length === 0) {
    const reason = commonReason(notification, objections);
    await settleUnclaimed(request, key, found.stored, { type: 'Suppress', ...(reason && { reason }) }, ports);
    return 'suppressed';
  }
  const permit = await ports.circuit.enter(notification.deferrals ?? 0);
  if (permit.kind === 'wait') {
    await postpone(key, found.stored, permit.until, ports);
    return 'circuit-open';
  }
  const rendered = await renderedOnce(key, content, ports);
  const isAutomatic = !isDirect(content);
  const prepared = { request, key, stored: found.stored, leftOut, recipients, rendered, isAutomatic, permit };
  // Load the files before the claim: loading takes time, and a message without its files was certainly not sent.
  return withFiles(rendered, key.tenant, ports, (loaded) => claimAndSend(prepared, loaded, remainingMs, ports));
}

function withFiles<Result>(
  rendered: Rendered | DirectEmail,
  tenant: string,
  { attachments: loader }: SenderPorts,
  work: (loaded: Loaded) => Promise<Result>,
): Promise<Result> {
  const files = 'attachments' in rendered ? (rendered.attachments ?? []) : [];
  if (files.length === 0) return work({ files: [] });
  if (!loader) throw new TypeError('This sender loads no attachments.');
  return loader.with(tenant, files, work);
}

type Prepared = {
  request: SendRequest;
  key: NotificationKey;
  stored: StoredState<Notification>;
  leftOut: readonly number[];
  recipients: readonly string[];
  rendered: Rendered;
  isAutomatic: boolean;
  permit: Permit;
};

async function claimAndSend(
  { request, key, stored, leftOut, recipients, rendered, isAutomatic, permit }: Prepared,
  loaded: Loaded,
  remainingMs: () => number,
  ports: SenderPorts,
): Promise<SendReport> {
  const { clock, sender } = ports;
  const neededMs = sender.providerTimeoutMs + RECORDING_MS;
  if (remainingMs() < neededMs) return 'no-time';
  const turn = await ports.pace.turn({
    ...{ tenant: key.tenant, weight: recipients.length },
    withinMs: Math.min(LONGEST_WAIT_MS, remainingMs() - neededMs),
  });
  if (turn !== 'now') throw new NotItsTurn(turn.afterMs);
  if (remainingMs() < neededMs) return 'no-time';
  const claim = await takeClaim(key, stored, leftOut, ports);
  if (!claim) return 'lost-claim';
  // The claim itself may have taken long. The provider was not called yet, so the claim can be released.
  if (remainingMs() < neededMs || clock.now() + sender.providerTimeoutMs > claim.leaseUntil) {
    await releaseClaim(key, claim, 'NO_TIME', ports);
    return 'no-time';
  }

  const message: OutgoingMessage = { ...request, attemptNonce: claim.nonce, recipients, rendered, isAutomatic };
  const isCalled = 'files' in loaded;
  const answer = isCalled ? await ports.provider.send(withBytes(message, loaded.files)) : loaded.instead;
  ports.log.info('Provider answered', { notificationId: key.notificationId, ...loggable(answer) });
  await recordAnswer(answer, { key, claim, metadata: request.metadata }, ports);
  // Without a call, nothing is known about the account. A message that fails here must not close the circuit.
  if (isCalled) await ports.circuit.record(permit, key.notificationId, answer);
  return answer.kind === 'rejected' && isSystemReason(answer.reason) ? answer.reason : answer.kind;
}

/** The text of a receiver's answer may be anything, so it is not logged. */
function loggable(answer: ProviderAnswer): Record<string, unknown> {
  if (!('answer' in answer)) return answer;
  const { answer: answered, ...others } = answer;
  return { ...others, ...(answered && { status: answered.status }) };
}

const withBytes = (message: OutgoingMessage, attachments: LoadedFile[]): OutgoingMessage =>
  attachments.length === 0 ? message : { ...message, attachments };

/**
 * Settles a notification that has no recipients left or whose content has expired. Its final state is committed once.
 * If another sender has claimed it in the meantime, that sender continues.
 */
async function settleUnclaimed(
  { metadata }: SendRequest,
  key: NotificationKey,
  read: StoredState<Notification>,
  command: Extract<NotificationCommand, { type: 'Suppress' | 'Fail' }>,
  ports: SenderPorts,
): Promise<void> {
  const transitionId = `${key.notificationId}#${read.version}#${command.type}`;
  await executeTransition(
    { decider: notificationDecider, key, command, assume: read },
    { subscriber: ports.sender.subscriber, transitionId, metadata },
    ports,
  );
}

/** The message is rendered once: the first rendering that is stored wins, and every attempt sends its bytes. */
async function renderedOnce(
  key: NotificationKey,
  content: NotificationContent,
  { notifications, settingsVersion, sender }: SenderPorts,
): Promise<Rendered> {
  if (!isDirect(content) && content.rendered) return content.rendered;
  const settings = content.settings === undefined ? undefined : await settingsVersion(key.tenant, content.settings);
  // A message that the caller wrote is already stored in the form that is sent. A version of settings never changes.
  if (isDirect(content)) return { ...content.message, ...(settings?.sender && { sender: settings.sender }) };
  return notifications.keepRendered(key, await sender.render(content, settings));
}
