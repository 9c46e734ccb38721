/**
 * Every name that two places must agree on: attributes, indexes, sort-key prefixes and
 * environment variables. The stack (infra) and the functions read them from here, so neither
 * can drift from the other.
 */

/** Attributes of the table that are keys, index keys or read by DynamoDB itself. */
export const ATTRIBUTE = {
  partitionKey: 'pk',
  sortKey: 'sk',
  /** Epoch seconds; DynamoDB deletes the row some time after. */
  expiresAt: 'expiresAt',
  /** `<kind>#<shard>`; present only while something still has to happen to the row. */
  dueShard: 'dueShard',
  /** Epoch milliseconds at which `wake-due` looks at the row. */
  dueAt: 'dueAt',
  /** The tenant, on rows that belong into the tenant's message log. */
  logTenant: 'logTenant',
  /** `<ISO time>#<notification id>`: sorts the message log by time. */
  logOrder: 'logOrder',
} as const;

/** Secondary indexes; both project keys only. */
export const INDEX = {
  due: 'due',
  tenantLog: 'tenantLog',
} as const;

/** How sort keys begin. `#` separates; caller-given parts are escaped (see `keys.ts`). */
export const SORT_KEY = {
  state: 'STATE',
  outbox: 'OUTBOX#',
  notification: 'NOTIFICATION#',
  content: '#CONTENT',
  outcomes: '#OUTCOMES',
} as const;

/** Shards of each kind in the `due` index: a hot index key would throttle the table's writes. */
export const DUE_SHARDS = 8;

/** How every object's key in the bucket of attachments begins. */
export const ATTACHMENT_PREFIX = 'attachments/';

/** Environment variables of the functions. Units stand in the names. */
export const ENV = {
  stage: 'COUNTERFOIL_STAGE',
  table: 'TABLE_NAME',
  topic: 'TOPIC_ARN',
  secret: 'SECRET_ARN',
  tenantClaim: 'TENANT_CLAIM',
  contentRetentionDays: 'CONTENT_RETENTION_DAYS',
  outboxGraceSeconds: 'OUTBOX_GRACE_SECONDS',
  firstClaimSeconds: 'FIRST_CLAIM_SECONDS',
  wakeIntervalSeconds: 'WAKE_INTERVAL_SECONDS',
  wakeRatePerSecond: 'WAKE_RATE_PER_SECOND',
  senderRatePerSecond: 'SENDER_RATE_PER_SECOND',
  providerInFlightSeconds: 'PROVIDER_IN_FLIGHT_SECONDS',
  feedMarginSeconds: 'FEED_MARGIN_SECONDS',
  feedCountLagSeconds: 'FEED_COUNT_LAG_SECONDS',
  feedQueues: 'FEED_QUEUE_URLS',
  /** How often the queue of provider events hands one out before it gives it up. */
  mostReceives: 'MOST_RECEIVES',
  /** The queue that a subscriber reads from, to which it returns what it cannot handle yet. */
  ownQueue: 'OWN_QUEUE_URL',
  /** How long that queue keeps a message. */
  ownQueueRetentionSeconds: 'OWN_QUEUE_RETENTION_SECONDS',
  holdAfterSeconds: 'HOLD_AFTER_SECONDS',
  /** JSON: when a channel's circuit opens, and when it is probed. */
  circuit: 'CIRCUIT',
  recheckSeconds: 'RECHECK_SECONDS',
  onUnknown: 'ON_UNKNOWN',
  leaseSeconds: 'LEASE_SECONDS',
  unknownDeadlineSeconds: 'UNKNOWN_DEADLINE_SECONDS',
  providerTimeoutMs: 'PROVIDER_TIMEOUT_MS',
  sender: 'SENDER_ADDRESS',
  configurationSet: 'CONFIGURATION_SET',
  /** Which gateway text messages leave through: see `SmsGateway`. */
  smsGateway: 'SMS_GATEWAY',
  /** Configuration set of text messages (End User Messaging). */
  smsConfigurationSet: 'SMS_CONFIGURATION_SET',
  /** ARN of the number, sender id or pool that text messages come from (End User Messaging). */
  originationIdentity: 'ORIGINATION_IDENTITY',
  /** E.164; text messages by SNS come from it. Empty: whichever SNS picks. */
  originationNumber: 'ORIGINATION_NUMBER',
  /** Name that text messages by SNS come from. Empty: none. */
  senderId: 'SENDER_ID',
  scopePrefix: 'SCOPE_PREFIX',
  attachmentsBucket: 'ATTACHMENTS_BUCKET',
  /** Host under which the bucket is reached from outside. */
  attachmentsHost: 'ATTACHMENTS_HOST',
  /** How long an upload may take to begin. */
  uploadSeconds: 'UPLOAD_SECONDS',
  /** How long an attachment can be uploaded, and named by messages. */
  attachmentUsableSeconds: 'ATTACHMENT_USABLE_SECONDS',
} as const;

/** CloudWatch namespace of our figures; a stage's own, so that two in one account never mix. */
export const metricsNamespaceOf = (stage: string): string => `Counterfoil/${stage}`;

/** The one dimension of our figures: who tells them. Never a tenant. */
export const METRIC_DIMENSION = 'service';

/** Figures that `wake-due` tells every minute, for each kind of row that waits. */
export const GAUGE = {
  outbox: { count: 'OutboxCount', oldestOverdueSeconds: 'OutboxOldestOverdue' },
  notification: { count: 'NotificationCount', oldestOverdueSeconds: 'NotificationOldestOverdue' },
  unknown: { count: 'UnknownCount', oldestOverdueSeconds: 'UnknownOldestOverdue' },
  held: { count: 'HeldCount', oldestOverdueSeconds: 'HeldOldestOverdue' },
  'dead-letter': { count: 'DeadLetterCount', oldestOverdueSeconds: 'DeadLetterOldestOverdue' },
} as const;

/** Figures that `wake-due` tells every minute: 1 while a channel's circuit is open, 0 otherwise. */
export const CIRCUIT_GAUGE = { email: 'EmailCircuitOpen', sms: 'SmsCircuitOpen' } as const;

/** What is counted when it happens, and only then: no line, no metric, while all is well. */
export const COUNTER = {
  /** Outbox rows that `wake-due` took up because the stream's lane had not published them. */
  outboxWoken: 'OutboxWoken',
  /** Messages that the topic did not take, and that are tried again. */
  publishFailed: 'PublishFailed',
  /** Notifications of which two attempts were accepted. */
  notificationDoubled: 'NotificationDoubled',
  /** Notifications that a provider refused for good. */
  notificationFailed: 'NotificationFailed',
  /** Calls that a provider certainly did not take: throttled, not reachable, not permitted. */
  providerDeferred: 'ProviderDeferred',
  /** Those of them that a person has to permit: an identity, an action, a key. */
  deferredForPermission: 'DeferredForPermission',
  /** Messages that a subscriber returned to its queue, because something that it depends on was away. */
  messageReturned: 'MessageReturned',
  /** Events of providers with a value that is not documented: recorded, and nothing concluded from it. */
  feedbackUndocumented: 'FeedbackUndocumented',
  /** Events of providers about one of several recipients, of whom it is not known which one. */
  feedbackUnattributed: 'FeedbackUnattributed',
  /** Entries of the index of what is due that `wake-due` could not read, and moved out of the way of the others. */
  dueUnreadable: 'DueUnreadable',
} as const;
export type CounterName = (typeof COUNTER)[keyof typeof COUNTER];

/** Stands in the dimension of what is counted at publishing, whichever lane published. */
export const OUTBOX_SERVICE = 'outbox';

/** Stands in the dimension of what is counted of subscribers' queues, whichever subscriber it is. */
export const SUBSCRIBERS_SERVICE = 'subscribers';

/** SQS message attributes of a message that was returned to its queue. */
export const RETURNED_ATTRIBUTE = {
  /** Epoch milliseconds: SQS counts its own age of a message anew with each return. */
  firstSentAt: 'firstSentAt',
  returns: 'returns',
} as const;

/** SNS message attributes: what subscribers filter on. Never a destination, never content. */
export const MESSAGE_ATTRIBUTE = {
  type: 'type',
  channel: 'channel',
  /** `true` on messages that name attachments, and on no other. */
  attachments: 'attachments',
} as const;

/** Functions are named after their folder under `functions/`, everywhere. */
export const FUNCTION = {
  handleCommand: 'handle-command',
  serveQuery: 'serve-query',
  relayOutbox: 'relay-outbox',
  wakeDue: 'wake-due',
  sendEmail: 'send-email',
  sendSms: 'send-sms',
  recordFeedback: 'record-feedback',
  recordSmsFeedback: 'record-sms-feedback',
  releaseAttachments: 'release-attachments',
  projectStatistics: 'project-statistics',
  addTenantClaim: 'add-tenant-claim',
} as const;

export type FunctionName = (typeof FUNCTION)[keyof typeof FUNCTION];
export type Channel = 'email' | 'sms';
/** Services of AWS through which text messages can leave. */
export type SmsGateway = 'sns' | 'end-user-messaging';

/** Type of the message that asks a sender to look at a notification; the row decides what happens. */
export const NOTIFICATION_REQUESTED = 'counterfoil.notification.requested.v1';
/** Types of the messages about a notification's life: one for each thing that became of it, never of a recipient. */
export const NOTIFICATION_MESSAGE = {
  /** A provider accepted it, or a person knows that it was sent. */
  sent: 'counterfoil.notification.sent.v1',
  /** A provider refused it for good. */
  failed: 'counterfoil.notification.failed.v1',
  /** Whether it was sent is not known; a person has to look. */
  held: 'counterfoil.notification.held.v1',
  /** Two attempts were accepted. */
  doubled: 'counterfoil.notification.doubled.v1',
  /** Every recipient is suppressed: nobody was written to. */
  suppressed: 'counterfoil.notification.suppressed.v1',
  /** A person cancelled it. */
  cancelled: 'counterfoil.notification.cancelled.v1',
  /** What became of everybody who was written to is known, and some have it. */
  delivered: 'counterfoil.notification.delivered.v1',
  /** It bounced for good with a recipient: the first. */
  bounced: 'counterfoil.notification.bounced.v1',
  /** A recipient complained: the first. */
  complained: 'counterfoil.notification.complained.v1',
  /** The provider gave it up after it had accepted it. */
  rejected: 'counterfoil.notification.rejected.v1',
} as const;

/**
 * After these, a notification is not sent any more, whoever asks for it, and gives up its attachments. FAILED is
 * not among them: a person may still have it sent again, and then needs what was attached.
 */
export const RELEASING_MESSAGES: string[] = [
  NOTIFICATION_MESSAGE.sent,
  NOTIFICATION_MESSAGE.cancelled,
  NOTIFICATION_MESSAGE.suppressed,
];
/** Nobody needs an attachment any more: its bytes have to go. */
export const ATTACHMENT_RELEASED = 'counterfoil.attachment.released.v1';

/** OAuth scopes, before a stage's `scopePrefix`. */
export const SCOPE = {
  ordersWrite: 'orders:write',
  ordersRead: 'orders:read',
  messagesWrite: 'messages:write',
  messagesRead: 'messages:read',
  operations: 'operations',
} as const;

/** A tenant's name is a part of keys and hashes, so it is letters, digits, `_` and `-` only. */
export const TENANT_NAME = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * An e-mail address that can be sent to. Before the @: the dot-string of RFC 5321 with every character of an atom
 * (RFC 5322, `atext`), at most 64 of them, and ASCII, because SES does not support SMTPUTF8. After it: two labels or
 * more, each of 1 to 63 letters, digits and inner hyphens, so other scripts only as `xn--…`. The last label is not a
 * number: that would be an IP address. Quoted local parts, comments and address literals are valid in the standard and
 * not supported here. The total length is checked separately: RFC 5321 allows 254 characters.
 */
export const EMAIL_ADDRESS =
  /^(?=[^@]{1,64}@)[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*@(?:[A-Za-z\d](?:[A-Za-z\d-]{0,61}[A-Za-z\d])?\.)+(?!\d+$)[A-Za-z\d](?:[A-Za-z\d-]{0,61}[A-Za-z\d])?$/;

/** Scopes of a tenant's own clients and people; the others are for whoever runs the system. */
export const TENANT_SCOPES: string[] = [SCOPE.ordersWrite, SCOPE.ordersRead, SCOPE.messagesWrite, SCOPE.messagesRead];

/** Who may get tokens of a stage's own user pool, and how a token's tenant is found. */
export const POOL = {
  /** Attribute of a person that names the tenant; set by whoever runs the system, never by the person. */
  tenantAttribute: 'custom:tenant',
  /** Group of the people who may also operate. */
  operatorsGroup: 'operators',
} as const;

/** Row that names the tenant of a machine client; written by `npm run tenants`, read by the token trigger. */
export const clientItemKey = (clientId: string): { pk: string; sk: string } => ({
  pk: `client#${clientId}`,
  sk: 'CLIENT',
});

/** What a client's row says of itself; see docs/reference/stored-shapes.md before changing it. */
export const CLIENT_ROW = { type: 'client', schemaVersion: 1 } as const;

/** Attribute of a client's row that names its tenant. */
export const CLIENT_TENANT = 'tenant';
