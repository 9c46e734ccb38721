/**
 * Our codes for why a provider did not accept a message. The subject of a code decides what follows:
 *
 * - `message`: about this message or its recipient. The same call would be refused again: FAILED.
 * - `account`: about the account, its quotas, its region or its sender identities. It affects every message of the
 *   channel: the message waits.
 * - `permission`: like `account`, and a person has to grant something first.
 * - `unclear`: a refusal that is not known to be about this message. The message waits.
 * - `rate`: too many calls at the moment. The message waits.
 * - `connection`: the call certainly did not reach the provider. The message waits.
 * - `endpoint`: the receiver of a webhook did not accept it, or did not answer. The same call is made again later.
 * - `us`: this system did not make the call. The message waits.
 *
 * Only `message` ends in FAILED. It is an allow-list: a refusal that is not known to be about this message is deferred.
 */
export type RefusalSubject =
  | 'message'
  | 'account'
  | 'permission'
  | 'unclear'
  | 'rate'
  | 'connection'
  | 'endpoint'
  | 'us';

/** `next`: what a person can do about it. */
export type Refusal = { about: RefusalSubject; means: string; next: string };

/** Every code, in the order of docs/reference/provider-refusals.md. */
export const REFUSALS = {
  RECIPIENT_OPTED_OUT: {
    about: 'message',
    means: 'The owner of the number asked for no more text messages.',
    next: 'Reach this person another way. Only the owner of the number can opt in again.',
  },
  RECIPIENT_BLOCKED: {
    about: 'message',
    means: 'A rule of the account blocks this number.',
    next: 'If the number should get messages, remove the rule for it (protect configuration), then resend.',
  },
  RECIPIENT_COUNTRY_BLOCKED: {
    about: 'message',
    means: 'The country of this number is blocked.',
    next: 'If this country should get messages, allow it in the protect configuration, then resend.',
  },
  RECIPIENT_ADDRESS_INVALID: {
    about: 'message',
    means: 'The provider does not accept this e-mail address.',
    next: 'Correct the address, and send a new message to it.',
  },
  RECIPIENT_NUMBER_INVALID: {
    about: 'message',
    means: 'The provider does not accept this number.',
    next: 'Correct the number, and send a new message to it.',
  },
  TOO_MANY_RECIPIENTS: {
    about: 'message',
    means: 'The message has more recipients than the provider accepts at once.',
    next: 'Send it to fewer recipients at a time.',
  },
  MESSAGE_TOO_LARGE: {
    about: 'message',
    means: 'The message is larger than the provider accepts.',
    next: 'Send a shorter text or smaller files.',
  },
  CONTENT_REFUSED: {
    about: 'message',
    means: 'The provider refuses what the message says or what is attached to it.',
    next: 'Change your content or attachment, and send a new message. If the text is built in, look the refusal up at the provider.',
  },
  CONTENT_GONE: {
    about: 'message',
    means: 'The content was no longer stored when the message was to be sent.',
    next: 'Send a new message.',
  },
  ATTACHMENT_MISSING: {
    about: 'message',
    means: 'A file that the message names is not stored.',
    next: 'Upload the file again, and send a new message.',
  },
  ATTACHMENT_CHANGED: {
    about: 'message',
    means: 'A stored file is not the one that was declared.',
    next: 'Upload the file again, and send a new message.',
  },
  ENDPOINT_REFUSED: {
    about: 'message',
    means: 'The endpoint refused the webhook (4xx).',
    next: 'Read `answer` of the attempt. Correct the receiver or its address, then resend.',
  },
  ENDPOINT_GONE: {
    about: 'message',
    means: 'The endpoint answered 410 Gone, and was disabled.',
    next: 'Enable the endpoint with PUT /settings/webhooks if it should receive webhooks again, then resend.',
  },
  ENDPOINT_DISABLED: {
    about: 'message',
    means: 'The endpoint was disabled before the webhook was posted.',
    next: 'Enable the endpoint with PUT /settings/webhooks, then resend.',
  },
  ENDPOINT_REMOVED: {
    about: 'message',
    means: 'The tenant has no endpoint with this id any more.',
    next: 'Add an endpoint with this id in PUT /settings/webhooks, then resend.',
  },
  ENDPOINT_ADDRESS_REFUSED: {
    about: 'message',
    means: 'The address of the endpoint is not public, or its URL is not permitted on this stage.',
    next: 'Correct the DNS entry or the URL of the endpoint, then resend.',
  },
  ACCOUNT_SENDING_PAUSED: {
    about: 'account',
    means: 'Sending is paused for the account.',
    next: "Read the mail of the account's owner and the reputation page of the provider; ask the provider's support to lift the pause.",
  },
  ACCOUNT_SUSPENDED: {
    about: 'account',
    means: 'The account may not send: it was disabled, restricted, or its reputation is too low.',
    next: "Open a case with the provider's support.",
  },
  CONFIGURATION_SET_PAUSED: {
    about: 'account',
    means: 'Sending is paused for the configuration set.',
    next: 'Enable sending for the configuration set of this stage.',
  },
  RESOURCE_MISSING: {
    about: 'account',
    means: 'The configuration set or another named resource does not exist.',
    next: 'Deploy the stage again, and run doctor.',
  },
  SENDING_QUOTA_REACHED: {
    about: 'account',
    means: 'The quota of messages of the account is used up.',
    next: 'Wait until the quota is renewed, or ask for a higher one in Service Quotas.',
  },
  SPENDING_LIMIT_REACHED: {
    about: 'account',
    means: 'The spending limit of the account is reached.',
    next: 'Raise the spending limit, or wait for the next month.',
  },
  RESOURCE_QUOTA_REACHED: {
    about: 'account',
    means: 'The account has too many resources of one kind.',
    next: 'Delete resources that are not used, or ask for a higher quota in Service Quotas.',
  },
  ORIGINATION_UNUSABLE: {
    about: 'account',
    means: "The sender's number, name or pool does not exist, is not active, or may not send to this country.",
    next: 'Check the origination identity of the stage and its registration for this country.',
  },
  SETUP_CONFLICT: {
    about: 'account',
    means: 'The state of a resource of the account does not allow the call.',
    next: 'Run doctor, and compare the resources of the account with the template.',
  },
  PRICE_LIMIT_EXCEEDED: {
    about: 'account',
    means: 'A message to this number costs more than the account allows.',
    next: 'Raise the limit on the price of a message, or cancel this one.',
  },
  REGION_UNSUPPORTED: {
    about: 'account',
    means: 'The service or the operation is not available in this region.',
    next: 'Check the region of the stage.',
  },
  ENCRYPTION_KEY_UNUSABLE: {
    about: 'permission',
    means: 'A KMS key is missing, disabled, or may not be used.',
    next: 'Enable the key, and allow the sender to use it.',
  },
  IDENTITY_NOT_VERIFIED: {
    about: 'permission',
    means: 'The sender, or in the sandbox a recipient, is not verified in this region.',
    next: 'Verify the identity, or ask for production access. Run doctor to see which of the two is needed.',
  },
  RECIPIENT_NOT_VERIFIED: {
    about: 'permission',
    means: 'The account is in the sandbox, and this number is not verified.',
    next: 'Verify the number, or ask for production access.',
  },
  PERMISSION_DENIED: {
    about: 'permission',
    means: 'The sender is not permitted to make the call.',
    next: "Run doctor. In a sandbox, list the recipient's identity in email.recipientIdentities and deploy.",
  },
  CREDENTIALS_REFUSED: {
    about: 'permission',
    means: 'The credentials or the signature of the call are not accepted.',
    next: 'Check the role of the sender and the clock of its environment.',
  },
  SERVICE_NOT_ENABLED: {
    about: 'permission',
    means: 'The account is not subscribed to the service.',
    next: 'Sign up for the service in this account.',
  },
  REFUSAL_UNCLEAR: {
    about: 'unclear',
    means: 'The provider refused, and its answer does not show that this message is the reason.',
    next: 'Find providerCode in the line "Provider answered". Correct its cause, or cancel this message.',
  },
  THROTTLED: {
    about: 'rate',
    means: 'The provider accepts no more calls at the moment.',
    next: 'Wait. If it lasts, compare the rate of the stage with the rate of the account.',
  },
  PROVIDER_UNREACHABLE: {
    about: 'connection',
    means: 'No connection to the provider was established.',
    next: 'Find providerCode in the line "Provider answered"; check network, DNS and endpoint.',
  },
  ENDPOINT_BUSY: {
    about: 'endpoint',
    means: 'The endpoint answered 429 or 503.',
    next: 'Wait. The webhook is posted again at `nextTryAt`, which honours Retry-After.',
  },
  ENDPOINT_FAILED: {
    about: 'endpoint',
    means: 'The endpoint answered with a status of its own failure (5xx).',
    next: 'Wait. If it lasts, correct the receiver: the webhook is posted again at `nextTryAt`.',
  },
  ENDPOINT_REDIRECTS: {
    about: 'endpoint',
    means: 'The endpoint answered with a redirect. Redirects are not followed.',
    next: 'Put the new URL into PUT /settings/webhooks. The webhook is posted again at `nextTryAt`.',
  },
  ENDPOINT_SILENT: {
    about: 'endpoint',
    means: 'The endpoint did not answer in time, or the connection broke before the answer.',
    next: 'Wait. If it lasts, let the receiver answer first and work afterwards.',
  },
  ENDPOINT_UNREACHABLE: {
    about: 'endpoint',
    means: 'No connection to the endpoint was established: its name, its network or its certificate.',
    next: 'Wait. If it lasts, check the name, the port and the certificate of the endpoint.',
  },
  REPEATS_ENDED: {
    about: 'endpoint',
    means: 'The endpoint accepted none of the attempts of about 28 hours.',
    next: 'Correct the receiver, then decide with POST /notifications/{notificationId}/resolve: `resend` starts the attempts again, `mark-sent` if the receiver has it, `cancel` if it is not needed.',
  },
  ENDPOINT_UNREADABLE: {
    about: 'us',
    means: 'The settings of the endpoint or the key of its secrets could not be read at the moment.',
    next: 'Wait.',
  },
  CIRCUIT_OPEN: {
    about: 'us',
    means: "The provider refuses this channel's messages, so no call is made until a probe succeeds.",
    next: 'See the runbook circuit-open. Waiting messages are sent by themselves once the cause is corrected.',
  },
  ATTACHMENT_UNAVAILABLE: {
    about: 'us',
    means: 'A file could not be read at the moment.',
    next: 'Wait. If it lasts, check the bucket of attachments and the permission to read it.',
  },
  NO_TIME: {
    about: 'us',
    means: 'The invocation had too little time left for the call.',
    next: 'Wait.',
  },
} as const satisfies Record<string, Refusal>;

export type RefusalCode = keyof typeof REFUSALS;

const isRefusalCode = (code: string): code is RefusalCode => Object.hasOwn(REFUSALS, code);

/** Looks a code up; undefined for one that an earlier release wrote in the provider's own words. */
export const refusalNamed = (code: string): Refusal | undefined => (isRefusalCode(code) ? REFUSALS[code] : undefined);

/** What a person can do about a message that waits or failed for this reason. */
export const nextFor = (code: string): string =>
  refusalNamed(code)?.next ?? 'Look the reason up in the documentation of the provider.';

/** Whether the refusal affects every message of the channel. The circuit breaker counts these refusals. */
export function isAboutAccount(code: string): boolean {
  const about = refusalNamed(code)?.about ?? 'unclear';
  return about === 'account' || about === 'permission' || about === 'unclear';
}

/** Whether a person has to grant something before the message can leave. */
export const isAboutPermission = (code: string): boolean => refusalNamed(code)?.about === 'permission';
