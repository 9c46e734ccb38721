import { type ErasureScope, erasureDecider, isStillToTake } from '#shared/erasure/erasure.ts';
import { erasureKeyOf } from '#shared/erasure/erasure-key.ts';
import { isAbsenceFinal } from '#shared/messaging/absence.ts';
import type { StateKey } from '#shared/messaging/identity.ts';
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
import { claimed, isClaimable, type Notification, postponed, released } from '#shared/notification/notification.ts';
import { notificationKey } from '#shared/notification/notification-id.ts';
import type { NotificationKey, NotificationStore } from '#shared/notification/ports.ts';
import type { RefusalCode } from '#shared/notification/refusals.ts';
import { backoffMs } from '#shared/once/backoff.ts';
import { messageCommandId } from '#shared/once/command-id.ts';
import type { Metadata } from '#shared/once/envelopes.ts';
import { type ExecutorPorts, executeOnce } from '#shared/once/execute.ts';
import type { AttachmentLoader, Loaded } from './attachment-loading.ts';
import type { CircuitBreaker, Permit } from './circuit-breaker.ts';
import type { Pacer } from './pacer.ts';
import type { ObjectionStore, Objections } from './ports.ts';
import type { LoadedFile, OutgoingMessage, Provider, ProviderAnswer } from './provider.ts';

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
};

export type SenderPorts = ExecutorPorts & {
  notifications: NotificationStore & ObjectionStore;
  provider: Provider;
  pace: Pacer;
  /** Whether the provider may be called: the channel's circuit breaker. */
  circuit: CircuitBreaker;
  log: Log;
  /** For channels whose messages have attachments. */
  attachments?: AttachmentLoader;
  sender: SenderSettings;
};

export type SendRequest = { tenant: string; notificationId: string; metadata: Metadata };

/** The result of a request. `no-time`, `content-unseen`: nothing was sent, and the queue should redeliver it. */
export type SendReport =
  | 'no-such-notification'
  | 'not-claimable'
  | 'suppressed'
  | 'left-to-erasure'
  | 'content-gone'
  | 'content-unseen'
  | 'lost-claim'
  | 'no-time'
  | 'circuit-open'
  | ProviderAnswer['kind'];

/** Time reserved, in addition to the provider's timeout, to record the provider's answer. */
const RECORDING_MS = 1000;

/**
 * Sends one notification if its row permits it: claim, call once, record. Every write after the claim is bound to the
 * claim's nonce, so a sender that resumes after a long pause changes nothing.
 * @param remainingMs remaining time of the invocation; read again before the call.
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
  if (notification.channel !== sender.channel || !isClaimable(notification, clock.now())) return 'not-claimable';

  const content = found.content;
  if (!content) {
    // A content that is still missing after that time has expired, because content is kept for at least a day.
    if (!isAbsenceFinal(notification.createdAt, clock.now())) return 'content-unseen';
    await settleUnclaimed(request, key, found.stored, { type: 'Fail', reason: 'CONTENT_GONE' }, ports);
    return 'content-gone';
  }
  const objections = await objectionsTo(key.tenant, notification, ports);
  if (await isLeftToErasure(request, key, found.stored, objections, ports)) return 'left-to-erasure';
  const leftOut = positionsLeftOut(notification, objections);
  const recipients = content.recipients.filter((_, position) => !leftOut.includes(position));
  if (recipients.length === 0) {
    await settleUnclaimed(request, key, found.stored, { type: 'Suppress' }, ports);
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
  if (!(await ports.pace.turn(recipients.length, remainingMs() - neededMs))) return 'no-time';
  if (remainingMs() < neededMs) return 'no-time';
  const claim = await takeClaim(key, stored, leftOut, ports);
  if (!claim) return 'lost-claim';
  const recording = { key, claim, metadata: request.metadata };
  // The claim itself may have taken long. The provider was not called yet, so the claim can be released.
  if (remainingMs() < neededMs || clock.now() + sender.providerTimeoutMs > claim.leaseUntil) {
    await release(recording, 'NO_TIME', ports);
    return 'no-time';
  }

  const message: OutgoingMessage = { ...request, attemptNonce: claim.nonce, recipients, rendered, isAutomatic };
  const isCalled = 'files' in loaded;
  const answer = isCalled ? await ports.provider.send(withBytes(message, loaded.files)) : loaded.instead;
  ports.log.info('Provider answered', { notificationId: key.notificationId, ...answer });
  await record(answer, recording, ports);
  // Without a call, nothing is known about the account. A message that fails here must not close the circuit.
  if (isCalled) await ports.circuit.record(permit, key.notificationId, answer);
  return answer.kind;
}

/**
 * Postpones the notification without a claim, because the circuit is open. If the row was changed in the meantime (by a
 * reminder or a person's decision), that change is kept, and it determines when the row is announced again.
 */
async function postpone(
  key: StateKey & { notificationId: string },
  stored: StoredState<Notification>,
  retryAt: number,
  { notifications, clock, log }: SenderPorts,
): Promise<void> {
  const deferral = { reason: 'CIRCUIT_OPEN' satisfies RefusalCode, now: clock.now(), retryAt };
  await notifications.replace(key, stored.version, storedAs(postponed(stored.state, deferral), stored));
  log.info('Notification postponed: the circuit is open', { notificationId: key.notificationId, retryAt });
}

const withBytes = (message: OutgoingMessage, attachments: LoadedFile[]): OutgoingMessage =>
  attachments.length === 0 ? message : { ...message, attachments };

/** The current suppressions of its recipients, and the erasures of its recipients and its customer. */
async function objectionsTo(
  tenant: string,
  { recipients = [], customerId }: Notification,
  { notifications }: SenderPorts,
): Promise<Objections> {
  const scopes: ErasureScope[] = [...new Set(recipients)].map((recipient) => ({ recipient }));
  if (customerId !== undefined) scopes.push({ customerId });
  if (scopes.length === 0) return { suppressions: [], erasures: [] };
  const erasures = scopes.map((scope) => erasureKeyOf(tenant, scope));
  return notifications.objectionsTo(tenant, recipients, erasures);
}

/**
 * Whether an erasure still has to erase the notification: it was requested before the erasure's bound, but the log did
 * not show it yet, or the walk has not reached it. Its id is then added to the erasure, and it is not sent until it is
 * erased. If the message has other recipients, the row is announced again for them when it is due.
 */
async function isLeftToErasure(
  { metadata }: SendRequest,
  { notificationId }: StateKey & { notificationId: string },
  { version, state }: StoredState<Notification>,
  { erasures }: Objections,
  ports: SenderPorts,
): Promise<boolean> {
  const taking = erasures.filter(({ stored }) => isStillToTake(stored.state, state));
  for (const { key, stored } of taking) {
    const { requestedAt } = stored.state;
    const commandId = messageCommandId(ports.sender.subscriber, `${notificationId}#${version}#${requestedAt}`);
    const command = { type: 'NameNotification', notificationId } as const;
    const request = { decider: erasureDecider, key, commandId, fingerprint: commandId, command, metadata };
    await executeOnce({ ...request, assume: stored }, ports);
    ports.log.warn('Notification left to an erasure', { notificationId, erasureId: key.id });
  }
  return taking.length > 0;
}

/** Positions of the recipients that are suppressed or erased. */
function positionsLeftOut({ recipients = [], erased = [] }: Notification, { suppressions }: Objections): number[] {
  const inForce = new Set(suppressions.map(({ recipient }) => recipient));
  return recipients.flatMap((recipient, position) =>
    inForce.has(recipient) || erased.includes(position) ? [position] : [],
  );
}

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
  const commandId = messageCommandId(ports.sender.subscriber, `${key.notificationId}#${read.version}#${command.type}`);
  await executeOnce(
    {
      decider: notificationDecider,
      key,
      commandId,
      fingerprint: commandId,
      command,
      metadata,
      assume: read,
    },
    ports,
  );
}

/** The message is rendered once: the first rendering that is stored wins, and every attempt sends its bytes. */
async function renderedOnce(
  key: StateKey,
  content: NotificationContent,
  { notifications, sender }: SenderPorts,
): Promise<Rendered> {
  // A message that the caller wrote is already stored in the form that is sent.
  if (isDirect(content)) return content.message;
  return content.rendered ?? (await notifications.keepRendered(key, await sender.render(content)));
}

type TakenClaim = { nonce: string; leaseUntil: number; stored: StoredState<Notification> };

/** After a concurrent change of the row (most often a reminder), it may still be claimable. */
const CLAIM_TRIES = 3;

/**
 * PENDING → SENDING, unless another sender has claimed it. If the write is refused and the row shows our nonce, the
 * claim is ours. Each try has a new nonce, because two attempts must never share one: a try whose write arrived late
 * may have lost its lease and been settled before its refusal is read.
 */
async function takeClaim(
  key: StateKey,
  read: StoredState<Notification>,
  leftOut: readonly number[],
  { notifications, clock, random, sender }: SenderPorts,
): Promise<TakenClaim | undefined> {
  let stored: StoredState<Notification> | undefined = read;
  for (let tries = 0; tries < CLAIM_TRIES; tries += 1) {
    const nonce = random.nonce();
    const now = clock.now();
    const notification = stored?.state;
    if (!stored || !notification || !isClaimable(notification, now)) return undefined;
    // The recipients were determined before. If one was erased since, the message must not be sent to them.
    if (erasedIn(stored) !== erasedIn(read)) return undefined;
    const leaseUntil = now + sender.leaseMs;
    const next = storedAs(claimed(notification, { nonce, now, leaseUntil, leftOut }), stored);
    const result = await notifications.replace(key, stored.version, next);
    if (result.kind === 'replaced') return { nonce, leaseUntil, stored: next };
    if (result.current && holdsClaim(result.current, nonce)) return { nonce, leaseUntil, stored: result.current };
    stored = result.current;
  }
  return undefined;
}

const erasedIn = ({ state }: StoredState<Notification>): number => state.erased?.length ?? 0;

function storedAs(notification: Notification, before: StoredState<Notification>): StoredState<Notification> {
  return {
    schemaVersion: before.schemaVersion,
    version: before.version + 1,
    state: notification,
    due: notificationDecider.due(notification),
  };
}

type Recording = { key: NotificationKey; claim: TakenClaim; metadata: Metadata };

async function record(answer: ProviderAnswer, recording: Recording, ports: SenderPorts): Promise<void> {
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
      return transition(recording, { type: 'RecordRejection', nonce, reason: answer.reason }, ports);
    case 'unknown':
      return transition(
        recording,
        { type: 'RecordUnknown', nonce, reason: answer.reason, deadline: now + ports.sender.unknownDeadlineMs },
        ports,
      );
    case 'deferred':
      return release(recording, answer.reason, ports);
    default:
      return answer satisfies never;
  }
}

/** The executor commits the outcome of the call together with its event. */
async function transition(
  { key, claim, metadata }: Recording,
  command: NotificationCommand,
  ports: SenderPorts,
): Promise<void> {
  const commandId = messageCommandId(ports.sender.subscriber, `${key.notificationId}#${claim.nonce}#${command.type}`);
  await executeOnce(
    { decider: notificationDecider, key, commandId, fingerprint: commandId, command, metadata, assume: claim.stored },
    ports,
  );
}

/**
 * The provider certainly did not accept the message. The claim is released, with a growing delay, and does not count as
 * an attempt. Evidence about an earlier attempt may change the row in the meantime. The claim in the row is still ours,
 * so the release is retried.
 */
async function release(
  { key, claim }: Recording,
  reason: string,
  { notifications, clock, random, log }: SenderPorts,
): Promise<void> {
  let current: StoredState<Notification> | undefined = claim.stored;
  while (current && holdsClaim(current, claim.nonce)) {
    const notification = current.state;
    const now = clock.now();
    const retryAt = now + 1000 + backoffMs(notification.deferrals ?? 0, random.fraction(), DEFERRAL);
    const result = await notifications.replace(
      key,
      current.version,
      storedAs(released(notification, claim.nonce, { reason, now, retryAt }), current),
    );
    if (result.kind === 'replaced') {
      return log.warn('Provider not asked; notification released', {
        notificationId: key.notificationId,
        reason,
        retryAt,
      });
    }
    current = result.current;
  }
}

const DEFERRAL = { baseMs: 2000, capMs: 300_000 };

function holdsClaim(stored: StoredState<Notification>, nonce: string): boolean {
  const notification = stored.state;
  return notification.status === 'SENDING' && notification.nonce === nonce;
}
