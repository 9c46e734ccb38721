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
} as const;

/** Shards of each kind in the `due` index: a hot index key would throttle the table's writes. */
export const DUE_SHARDS = 8;

/** Environment variables of the functions. Units stand in the names. */
export const ENV = {
  stage: 'COUNTERFOIL_STAGE',
  table: 'TABLE_NAME',
  topic: 'TOPIC_ARN',
  secret: 'SECRET_ARN',
  tenantClaim: 'TENANT_CLAIM',
  outboxGraceSeconds: 'OUTBOX_GRACE_SECONDS',
  firstClaimSeconds: 'FIRST_CLAIM_SECONDS',
  wakeIntervalSeconds: 'WAKE_INTERVAL_SECONDS',
  wakeRatePerSecond: 'WAKE_RATE_PER_SECOND',
  senderRatePerSecond: 'SENDER_RATE_PER_SECOND',
  providerInFlightSeconds: 'PROVIDER_IN_FLIGHT_SECONDS',
  feedMarginSeconds: 'FEED_MARGIN_SECONDS',
  feedCountLagSeconds: 'FEED_COUNT_LAG_SECONDS',
  feedQueues: 'FEED_QUEUE_URLS',
  holdAfterSeconds: 'HOLD_AFTER_SECONDS',
  recheckSeconds: 'RECHECK_SECONDS',
  onUnknown: 'ON_UNKNOWN',
  leaseSeconds: 'LEASE_SECONDS',
  unknownDeadlineSeconds: 'UNKNOWN_DEADLINE_SECONDS',
  providerTimeoutMs: 'PROVIDER_TIMEOUT_MS',
  sender: 'SENDER_ADDRESS',
  configurationSet: 'CONFIGURATION_SET',
} as const;

/** SNS message attributes: what subscribers filter on. Never a destination, never content. */
export const MESSAGE_ATTRIBUTE = {
  type: 'type',
  channel: 'channel',
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
} as const;

export type FunctionName = (typeof FUNCTION)[keyof typeof FUNCTION];
export type Channel = 'email' | 'sms';

/** Type of the message that asks a sender to look at a notification; the row decides what happens. */
export const NOTIFICATION_REQUESTED = 'counterfoil.notification.requested.v1';

/** OAuth scopes, before a stage's `scopePrefix`. */
export const SCOPE = {
  ordersWrite: 'orders:write',
  ordersRead: 'orders:read',
  operations: 'operations',
} as const;
