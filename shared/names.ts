/** Names that two places must agree on, such as the stack (infra) and the functions, so that they cannot differ. */
// biome-ignore-all lint/style/noExcessiveLinesPerFile: a list of names without code.

/**
 * Names that two places must agree on: attributes, indexes, sort-key prefixes, environment variables and others. The
 * stack (infra) and the functions both read them from here, so they cannot differ.
 */

/** Attributes of the table that are keys, index keys or read by DynamoDB itself. */
export const ATTRIBUTE = {
  partitionKey: 'pk',
  sortKey: 'sk',
  /** Epoch seconds. DynamoDB deletes the row some time later. */
  expiresAt: 'expiresAt',
  /** `<kind>#<shard>`. It is present while the row still needs processing, and on dead letters, which it lists. */
  dueShard: 'dueShard',
  /** Epoch milliseconds at which `wake-due` processes the row. */
  dueAt: 'dueAt',
  /** What a planning of a redrive needs of a dead letter. No other row has it (see `letter-card.ts`). */
  letterCard: 'letterCard',
  /** The tenant, on rows that belong to the tenant's message log. */
  logTenant: 'logTenant',
  /** `<ISO time>#<notification id>`: sorts the message log by time. */
  logOrder: 'logOrder',
} as const;

/** Secondary indexes. They project keys only, and `due` also the cards of dead letters. */
export const INDEX = { due: 'due', tenantLog: 'tenantLog' } as const;

/** Prefixes and suffixes of sort keys. `#` is the separator. Parts given by callers are escaped (see `keys.ts`). */
export const SORT_KEY = {
  state: 'STATE',
  outbox: 'OUTBOX#',
  notification: 'NOTIFICATION#',
  content: '#CONTENT',
  outcomes: '#OUTCOMES',
} as const;

/**
 * Number of shards per kind in the `due` index. A single hot index key would throttle the table's writes. Every stage
 * reads these. A stage may write and read more of `SHARDED_KINDS`.
 */
export const DUE_SHARDS = 8;

/** The kinds of due rows that every order writes, so that they limit a stage: the names of their `DueKind`. */
export const SHARDED_KINDS = ['outbox', 'notification'] as const;

/** Prefix of every object key in the bucket of attachments. */
export const ATTACHMENT_PREFIX = 'attachments/';

/** Environment variables of the functions. The names contain the units. */
export const ENV = {
  stage: 'COUNTERFOIL_STAGE',
  /** The git commit that the code was built from. Absent: it is not known. */
  release: 'COUNTERFOIL_RELEASE',
  table: 'TABLE_NAME',
  /** `DueShards` as JSON. Absent: `DUE_SHARDS` of every kind. */
  dueShards: 'DUE_SHARDS',
  topic: 'TOPIC_ARN',
  secret: 'SECRET_ARN',
  tenantClaim: 'TENANT_CLAIM',
  /** The rate of commands of each tenant. Unset: the rate of the stage. */
  tenantRatePerSecond: 'TENANT_RATE_PER_SECOND',
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
  /** How often the queue of provider events delivers a message before it gives it up. */
  mostReceives: 'MOST_RECEIVES',
  /** The queue that a subscriber reads from. The subscriber returns messages to it that it cannot handle yet. */
  ownQueue: 'OWN_QUEUE_URL',
  /** How long that queue keeps a message. */
  ownQueueRetentionSeconds: 'OWN_QUEUE_RETENTION_SECONDS',
  /** The names of the subscribers in dead letters, separated by spaces. */
  subscriberNames: 'SUBSCRIBER_NAMES',
  /** `on` or `off`: whether operators may edit messages of dead letters. */
  messageEdits: 'MESSAGE_EDITS',
  /** JSON: the queues of the subscribers. */
  subscriberQueues: 'SUBSCRIBER_QUEUES',
  redriveWaitSeconds: 'REDRIVE_WAIT_SECONDS',
  /** JSON: the dead-letter queues of the stage. */
  deadLetterQueues: 'DEAD_LETTER_QUEUES',
  /** `on` or `off`: whether dead letters are redriven automatically. */
  automaticRedrives: 'AUTOMATIC_REDRIVES',
  /** The name of the alarm that starts automatic redrives. */
  deadLetterAlarm: 'DEAD_LETTER_ALARM',
  coolDownSeconds: 'COOL_DOWN_SECONDS',
  calmSeconds: 'CALM_SECONDS',
  /** JSON: the subscribers of the stage, with their queues and event source mappings. */
  subscribers: 'SUBSCRIBERS',
  /** One queue of the stage. The URLs of the others differ only in the name at their end. */
  anyQueue: 'ANY_QUEUE_URL',
  pauseCheckSeconds: 'PAUSE_CHECK_SECONDS',
  holdAfterSeconds: 'HOLD_AFTER_SECONDS',
  /** JSON: when a channel's circuit opens, and when it is probed. */
  circuit: 'CIRCUIT',
  recheckSeconds: 'RECHECK_SECONDS',
  /** The channels whose provider reports deliveries, separated by spaces. */
  reportingChannels: 'REPORTING_CHANNELS',
  /** How long an order may stay unconfirmed before its contact is reminded. Absent: no order is. */
  reminderAfterSeconds: 'REMINDER_AFTER_SECONDS',
  onUnknown: 'ON_UNKNOWN',
  leaseSeconds: 'LEASE_SECONDS',
  unknownDeadlineSeconds: 'UNKNOWN_DEADLINE_SECONDS',
  providerTimeoutMs: 'PROVIDER_TIMEOUT_MS',
  sender: 'SENDER_ADDRESS',
  configurationSet: 'CONFIGURATION_SET',
  /** The provider that sends e-mails: a folder of `shared/adapters/aws/providers`. */
  emailProvider: 'EMAIL_PROVIDER',
  /** Base address of the API of an e-mail provider outside AWS. */
  emailApiUrl: 'EMAIL_API_URL',
  /** ARN of the secret with that provider's API key. */
  emailApiKey: 'EMAIL_API_KEY_SECRET',
  /** Keys that verify the events of that provider, separated by spaces. */
  emailWebhookKeys: 'EMAIL_WEBHOOK_KEYS',
  /** The gateway that sends text messages: a folder of `shared/adapters/aws/providers`. */
  smsGateway: 'SMS_GATEWAY',
  /** Configuration set of text messages (End User Messaging). */
  smsConfigurationSet: 'SMS_CONFIGURATION_SET',
  /** ARN of the number, sender id or pool that text messages are sent from (End User Messaging). */
  originationIdentity: 'ORIGINATION_IDENTITY',
  /** E.164 number that SNS sends text messages from. Empty: SNS chooses one. */
  originationNumber: 'ORIGINATION_NUMBER',
  /** Sender name of text messages by SNS. Empty: none. */
  senderId: 'SENDER_ID',
  /** ARN of the secret from which the secrets of webhooks are derived. */
  webhookKey: 'WEBHOOK_KEY_ARN',
  /** Address at which AppSync Events accepts hints. */
  hintsUrl: 'HINTS_URL',
  /** Hosts, with a port or without, that webhooks may reach although they are not public. Separated by spaces. */
  webhookHosts: 'WEBHOOK_HOSTS',
  /** JSON: the pauses in seconds between two attempts to post a webhook. */
  webhookPauses: 'WEBHOOK_PAUSES_SECONDS',
  /** How long the earlier secret of an endpoint stays valid after a rotation. */
  webhookOverlapSeconds: 'WEBHOOK_OVERLAP_SECONDS',
  /** The types of messages that business domains publish, separated by spaces. */
  domainEventTypes: 'DOMAIN_EVENT_TYPES',
  scopePrefix: 'SCOPE_PREFIX',
  attachmentsBucket: 'ATTACHMENTS_BUCKET',
  /** Host name of the bucket for clients. */
  attachmentsHost: 'ATTACHMENTS_HOST',
  /** How long an upload may be started. */
  uploadSeconds: 'UPLOAD_SECONDS',
  /** How long an attachment can be uploaded and used in messages. */
  attachmentUsableSeconds: 'ATTACHMENT_USABLE_SECONDS',
} as const;

/** First segment of the channels on which clients learn about changes (AppSync Events: a channel namespace). */
export const HINTS_NAMESPACE = 'tenants';

/** The public route to which an e-mail provider outside AWS posts its signed events. */
export const EMAIL_EVENTS_ROUTE = { method: 'POST', path: '/email-events' } as const;

/** CloudWatch namespace of our metrics. Each stage has its own, so that two stages in one account never mix. */
export const metricsNamespaceOf = (stage: string): string => `Counterfoil/${stage}`;

/** The only dimension of our metrics: the service that reports them. Never a tenant. */
export const METRIC_DIMENSION = 'service';

/** Metrics that `wake-due` reports every minute, by the name of the due kind: see `DueKind`. */
export const GAUGE = {
  outbox: { count: 'OutboxCount', oldestOverdueSeconds: 'OutboxOldestOverdue' },
  notification: { count: 'NotificationCount', oldestOverdueSeconds: 'NotificationOldestOverdue' },
  unknown: { count: 'UnknownCount', oldestOverdueSeconds: 'UnknownOldestOverdue' },
  held: { count: 'HeldCount', oldestOverdueSeconds: 'HeldOldestOverdue' },
  'dead-letter': { count: 'DeadLetterCount', oldestOverdueSeconds: 'DeadLetterOldestOverdue' },
} as const;

/** Metrics that `wake-due` reports every minute: 1 while a channel's circuit is open, otherwise 0. */
export const CIRCUIT_GAUGE: Record<ContactChannel, string> = { email: 'EmailCircuitOpen', sms: 'SmsCircuitOpen' };

/** Of `watch-lanes`, about pauses: how many, the longest, and the highest share of its queue's retention. */
export const PAUSE_GAUGE = {
  count: 'SubscribersPaused',
  oldestSeconds: 'OldestPause',
  retentionUsed: 'PauseRetentionUsed',
} as const;

/** Counters that are written only when the event happens. If it never does, there is no log line and no metric. */
export const COUNTER = {
  /** Outbox rows that `wake-due` processed because the stream's lane had not published them. */
  outboxWoken: 'OutboxWoken',
  /** Messages that the topic did not accept, and that are retried. */
  publishFailed: 'PublishFailed',
  /** Notifications with two accepted attempts. */
  notificationDoubled: 'NotificationDoubled',
  /** Notifications that a provider refused permanently. */
  notificationFailed: 'NotificationFailed',
  /** Calls that a provider certainly did not accept: throttled, not reachable, not permitted. */
  providerDeferred: 'ProviderDeferred',
  /** Deferred calls that need a permission from a person: for an identity, an action, a key. */
  deferredForPermission: 'DeferredForPermission',
  /** Messages that a subscriber returned to its queue because a dependency was unavailable. */
  messageReturned: 'MessageReturned',
  /** Requests with events of an e-mail provider that were refused: not signed, wrongly signed, too old or unreadable. */
  emailEventsRefused: 'EmailEventsRefused',
  /** Events of providers with an undocumented value. They are recorded, but nothing is concluded from the value. */
  feedbackUndocumented: 'FeedbackUndocumented',
  /** Events of providers about one of several recipients, when it is not known which one. */
  feedbackUnattributed: 'FeedbackUnattributed',
  /** Entries of the `due` index that `wake-due` could not read, and moved so that they do not block the others. */
  dueUnreadable: 'DueUnreadable',
  /** Groups of dead letters that were still failing after the last automatic redrive. */
  automaticRedrivesGivenUp: 'AutomaticRedrivesGivenUp',
} as const;
export type CounterName = (typeof COUNTER)[keyof typeof COUNTER];

/** Value of the dimension for counters of publishing, for both lanes. */
export const OUTBOX_SERVICE = 'outbox';

/** Value of the dimension for counters of subscribers' queues, for all subscribers. */
export const SUBSCRIBERS_SERVICE = 'subscribers';

/** SNS message attributes that subscribers filter on. Never a destination, never content. */
export const MESSAGE_ATTRIBUTE = {
  type: 'type',
  channel: 'channel',
  /** `true` on messages that name attachments, and on no other. */
  attachments: 'attachments',
} as const;

/** Functions have the name of their folder under `functions/`. */
export const FUNCTION = {
  handleCommand: 'handle-command',
  serveQuery: 'serve-query',
  relayOutbox: 'relay-outbox',
  wakeDue: 'wake-due',
  sendEmail: 'send-email',
  sendSms: 'send-sms',
  requestWebhooks: 'request-webhooks',
  postWebhook: 'post-webhook',
  receiveEmailEvents: 'receive-email-events',
  recordEmailFeedback: 'record-email-feedback',
  recordSmsFeedback: 'record-sms-feedback',
  releaseAttachments: 'release-attachments',
  projectStatistics: 'project-statistics',
  projectOrders: 'project-orders',
  collectDeadLetters: 'collect-dead-letters',
  planRedrive: 'plan-redrive',
  runRedrive: 'run-redrive',
  watchLanes: 'watch-lanes',
  runReplay: 'run-replay',
  redriveOnAlarm: 'redrive-on-alarm',
  runProcess: 'run-process',
  publishHints: 'publish-hints',
  addTenantClaim: 'add-tenant-claim',
} as const;

/** The processes of `run-process`: the names under which they record their commands. */
export const PROCESS = {
  greeting: FUNCTION.runProcess,
  approval: 'approval',
  reminder: 'reminder',
  fallback: 'fallback',
} as const;

export type FunctionName = (typeof FUNCTION)[keyof typeof FUNCTION];
/** Channels that reach a person. */
export type ContactChannel = 'email' | 'sms';
export type Channel = ContactChannel | 'webhook';

/** The e-mail feedback's name as a subscriber, in command ids, dead letters and paths. Stored rows contain it. */
export const EMAIL_FEEDBACK_SUBSCRIBER = 'record-feedback';

/** The read models that can be built again from messages. */
export const PROJECTIONS = ['orders'] as const;
export type ProjectionName = (typeof PROJECTIONS)[number];

/** Begin of the types of all messages about an order, also of those that a later release adds. */
export const ABOUT_ORDERS = 'counterfoil.order.';

/** Types of messages of other concepts that process managers wait for. */
export const CUSTOMER_REGISTERED = 'counterfoil.customer.registered.v1';
export const ORDER_PLACED = 'counterfoil.order.placed.v1';
export const ORDER_CONFIRMED = 'counterfoil.order.confirmed.v1';
export const ORDER_APPROVED = 'counterfoil.order.approved.v1';
export const ORDER_CANCELLED = 'counterfoil.order.cancelled.v1';

/** Type of the message that requests a sender to process a notification. The row decides whether it is sent. */
export const NOTIFICATION_REQUESTED = 'counterfoil.notification.requested.v1';
/** Types of the messages about a notification's outcomes: one type for each outcome, never about one recipient. */
export const NOTIFICATION_MESSAGE = {
  /** A provider accepted it, or a person confirmed that it was sent. */
  sent: 'counterfoil.notification.sent.v1',
  /** A provider refused it permanently. */
  failed: 'counterfoil.notification.failed.v1',
  /** It is not known whether it was sent, so a person has to decide. */
  held: 'counterfoil.notification.held.v1',
  /** Two attempts were accepted. */
  doubled: 'counterfoil.notification.doubled.v1',
  /** Every recipient is suppressed, so it was not sent. */
  suppressed: 'counterfoil.notification.suppressed.v1',
  /** A person cancelled it. */
  cancelled: 'counterfoil.notification.cancelled.v1',
  /** The outcome is known for every recipient that it was sent to, and at least one has received it. */
  delivered: 'counterfoil.notification.delivered.v1',
  /** It bounced permanently for the first time, for any recipient. */
  bounced: 'counterfoil.notification.bounced.v1',
  /** A recipient complained for the first time. */
  complained: 'counterfoil.notification.complained.v1',
  /** The provider gave it up after accepting it. */
  rejected: 'counterfoil.notification.rejected.v1',
} as const;

const { sent, cancelled, suppressed } = NOTIFICATION_MESSAGE;
/**
 * After these messages, a notification is never sent again, whatever is requested, and releases its attachments. FAILED
 * is not one of them: a person may still send the notification again, and it then needs its attachments.
 */
export const RELEASING_MESSAGES: string[] = [sent, cancelled, suppressed];
/** An attachment has no users left, so its bytes have to be deleted. */
export const ATTACHMENT_RELEASED = 'counterfoil.attachment.released.v1';

/** OAuth scopes, before a stage's `scopePrefix`. */
export const SCOPE = {
  ordersWrite: 'orders:write',
  ordersRead: 'orders:read',
  messagesWrite: 'messages:write',
  messagesRead: 'messages:read',
  operations: 'operations',
} as const;

/** A route names its scope as text, so no function contains the whole list. */
export type Scope = (typeof SCOPE)[keyof typeof SCOPE];

/** A tenant's name is part of keys and hashes, so it contains only letters, digits, `_` and `-`. */
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

/** Scopes of a tenant's own clients and people. The other scopes are for the operators of the system. */
export const TENANT_SCOPES: Scope[] = ['orders:write', 'orders:read', 'messages:write', 'messages:read'];

/** Settings of a stage's own user pool: how the tenant of a token is found, and who may operate. */
export const POOL = {
  /** Attribute of a person that contains the tenant. It is set by the operators of the system, never by the person. */
  tenantAttribute: 'custom:tenant',
  /** Group of the people who are also operators. */
  operatorsGroup: 'operators',
} as const;

/** Key of the row with a machine client's tenant. `npm run tenants` writes the row, the token trigger reads it. */
export const clientItemKey = (clientId: string) => ({ pk: `client#${clientId}`, sk: 'CLIENT' });

/** Type and version of a client's row. Read docs/reference/stored-shapes.md before changing it. */
export const CLIENT_ROW = { type: 'client', schemaVersion: 1 } as const;

/** Attribute of a client's row that contains its tenant. */
export const CLIENT_TENANT = 'tenant';
