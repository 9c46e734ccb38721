import type { Guard } from './guard.ts';

/** Guards of sending: a notification's claim, the call of the provider, and what prevents the call. */
export const DELIVERY_GUARDS: Guard[] = [
  {
    name: 'version check of a claim',
    against: 'two senders with one claim',
    edits: [
      {
        file: 'test/support/memory/memory-store.ts',
        find: "if (versionOf(key) !== expectedVersion) return { kind: 'conflict', current: stateOf(shape, key) };",
        replace: '',
      },
    ],
  },
  {
    name: 'claim condition',
    against: 'sending a notification that is being sent or was sent',
    edits: [
      {
        file: 'shared/notification/notification.ts',
        find: "return notification.status === 'PENDING' && (notification.notBefore ?? 0) <= now + CLOCK_SKEW_MS;",
        replace: 'return now > 0;',
      },
    ],
  },
  {
    name: 'attempt nonce of a claim',
    against: 'a sender that uses or releases the claim of another sender',
    edits: [
      {
        file: 'shared/delivery/claim.ts',
        find: "return notification.status === 'SENDING' && notification.nonce === nonce;",
        replace: "return notification.status === 'SENDING' && nonce !== '';",
      },
    ],
  },
  {
    name: 'attempt nonce of a verdict',
    against: 'a sender that writes after it lost its claim (the executor gives up first: each check is enough)',
    edits: [
      {
        file: 'shared/notification/decider.ts',
        find: "notification.status === 'SENDING' && notification.nonce === nonce;",
        replace: "notification.status === 'SENDING' && nonce !== '';",
      },
      {
        file: 'shared/once/execute.ts',
        find: 'if (ports.clock.now() + pauseMs >= deadline) {',
        replace: 'if (pauseMs > deadline) {',
      },
    ],
    small: { company: 'a second delivery', firstAnswer: 'rejected', accident: 'time passes' },
  },
  {
    name: 'lease over → UNKNOWN',
    against: 'sending again a notification that may have been sent',
    edits: [
      {
        file: 'shared/notification/evolve.ts',
        find: "progress: { status: 'UNKNOWN', reason, since: at, deadline }",
        replace: "progress: { status: 'PENDING', dueAt: deadline }",
      },
    ],
  },
  {
    name: 'lease bound before the call',
    against: 'a call made when the lease may be over',
    edits: [
      {
        file: 'shared/delivery/sender.ts',
        find: 'if (remainingMs() < neededMs || clock.now() + sender.providerTimeoutMs > claim.leaseUntil) {',
        replace: 'if (neededMs < 0) {',
      },
    ],
  },
  {
    name: 'a claim is due when its lease is over',
    against: 'a sender that dies with its claim',
    edits: [
      {
        file: 'shared/notification/notification.ts',
        find: 'return { kind: NOTIFICATION_DUE.name, at: notification.leaseUntil };',
        replace: 'return undefined;',
      },
    ],
  },
  {
    name: 'due again after a reminder',
    against: 'a lost reminder',
    edits: [
      {
        file: 'shared/notification/notification.ts',
        find: 'return { ...notification, reminders, dueAt: now + pauseMs };',
        replace: 'return { ...notification, reminders, dueAt: now + pauseMs * 1e6 };',
      },
    ],
  },
  {
    name: 'one attempt of the provider’s client',
    against: 'an SDK that repeats a call that it considers failed',
    edits: [
      {
        file: 'shared/delivery/provider.ts',
        find: 'export const PROVIDER_ATTEMPTS = 1;',
        replace: 'export const PROVIDER_ATTEMPTS = 3;',
      },
    ],
  },
  {
    name: 'rendered once',
    against: 'two attempts with different contents',
    edits: [
      {
        file: 'test/support/memory/memory-store.ts',
        find: 'const first = content.rendered ?? rendered;',
        replace: 'const first = rendered;',
      },
      {
        file: 'shared/delivery/sender.ts',
        find: 'if (!isDirect(content) && content.rendered) return content.rendered;',
        replace: '',
      },
    ],
  },
  {
    name: 'a call without a connection was not sent',
    against: 'text messages that are held after minutes without a network',
    edits: [
      {
        file: 'shared/adapters/aws/providers/provider-answer.ts',
        find: 'if (error instanceof NotConnected)',
        replace: "if (error instanceof NotConnected && error.message === '')",
      },
    ],
  },
  {
    name: 'only refusals about the message are final',
    against: 'a paused account that fails every message',
    edits: [
      {
        file: 'shared/adapters/aws/providers/provider-answer.ts',
        find: "kind: REFUSALS[reason].about === 'message' ? 'rejected' : 'deferred', reason",
        replace: "kind: 'rejected', reason",
      },
    ],
  },
  {
    name: 'content that is not seen yet is waited for',
    against: 'a transaction that a query sees in part',
    edits: [
      {
        file: 'shared/delivery/sender.ts',
        find: "if (!isAbsenceFinal(notification.createdAt, clock.now())) return 'content-unseen';",
        replace: '',
      },
    ],
  },
  {
    name: 'suppressions are looked at before sending',
    against: 'a recipient who bounced or complained',
    edits: [
      {
        file: 'shared/delivery/objections.ts',
        find: 'inForce.has(recipient) || erased.includes(position) ? [position] : [],',
        replace: 'erased.includes(position) ? [position] : [],',
      },
    ],
  },
  {
    name: 'the circuit opens',
    against: 'calls at full speed to a provider that refuses the account',
    edits: [
      {
        file: 'shared/delivery/circuit.ts',
        find: 'return refused >= settings.leastRefused && refused',
        replace: 'return refused < 0 && refused',
      },
    ],
  },
];
