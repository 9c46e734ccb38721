/** Resources of one type whose contents are lost when they are replaced. */
export type PinnedType = {
  /** What is lost when one of them is replaced. */
  reason: string;
  /** What each of them holds, by logical id. */
  logicalIds: Record<string, string>;
};

/**
 * Every resource of a stage that holds state or evidence. CloudFormation replaces a resource when its logical id
 * changes, and a new construct path in the code is enough to change it. So a test compares these ids with the
 * templates, and `npm run deploy` refuses a change set that would replace or remove one of them
 * (docs/how-to/upgrade.md). Logical ids are the same in every stage. Log groups of functions are not listed, because no
 * decision depends on their contents.
 */
export const PINNED: Readonly<Record<string, PinnedType>> = {
  'AWS::DynamoDB::GlobalTable': {
    reason: 'A new table begins without a row: no order, no notification, no answer to a repeated request.',
    logicalIds: { table8235A42E: 'all rows' },
  },
  'AWS::KMS::Key': {
    reason: 'What the old key encrypted can be read only as long as the old key exists.',
    logicalIds: { keyFEDD6EC0: 'the key of table, queues, topics, secret and attachments' },
  },
  'AWS::SecretsManager::Secret': {
    reason: 'With a new secret, repeated requests and suppressed recipients are no longer recognised.',
    logicalIds: {
      secret4DA88516: 'the key of the hashes of requests and recipients',
      webhookkey3F9017B5: 'the key of the secrets of all endpoints: with another, receivers refuse every webhook',
    },
  },
  'AWS::S3::Bucket': {
    reason: 'A new bucket begins empty: messages that wait with an attachment fail.',
    logicalIds: { attachmentsbucket020E921A: 'attachments' },
  },
  'AWS::Cognito::UserPool': {
    reason: 'A new pool has no users and no machine clients, and another issuer: every token is refused.',
    logicalIds: { tokenspool9487896B: 'people, machine clients and their secrets' },
  },
  'AWS::Cognito::UserPoolGroup': {
    reason: 'A new group has no members: operators lose their rights.',
    logicalIds: { tokensoperators1F255C47: 'who operates' },
  },
  'AWS::Cognito::UserPoolResourceServer': {
    reason: 'Machine clients keep scopes of the old resource server and get no tokens for the new one.',
    logicalIds: { tokenspoolapi89CE93FE: 'the scopes that machine clients have' },
  },
  'AWS::Cognito::UserPoolClient': {
    reason: 'A new client has another id, which applications and the row of its tenant do not know.',
    logicalIds: {
      tokenspoolsmoke8F9BAD8A: 'the client of npm run smoke',
      tokenspoolpeople4E4FDADF: 'the client through which people sign in',
    },
  },
  'AWS::SES::EmailIdentity': {
    reason: 'A new identity has other DKIM tokens and is not verified: no e-mail leaves until the DNS is changed.',
    logicalIds: { mailidentity5DE1EB8F: 'the proof that the sender is ours' },
  },
  'AWS::SES::ConfigurationSet': {
    reason: 'Events of what was sent through the old set are lost, and a missing Send event means a resend.',
    logicalIds: { mailconfigurationsetEAE693F0: 'which events belong to this stage' },
  },
  'AWS::SES::ConfigurationSetEventDestination': {
    reason: 'Events between the removal of the old and the start of the new destination are lost: evidence of resends.',
    logicalIds: { maileventdestination5443E29C: 'where the events of e-mails go' },
  },
  'AWS::SMSVOICE::ConfigurationSet': {
    reason: 'Events of what was sent through the old set are lost: no outcome is known of those text messages.',
    logicalIds: { textmessagesconfigurationsetC57B5692: 'where the events of text messages go' },
  },
  'AWS::SNS::Topic': {
    reason: 'What is published between the old and the new subscriptions reaches no queue.',
    logicalIds: {
      topic69831491: 'the way from the outbox to every subscriber, also to those outside the stack',
      mailevents9ACC0464: 'the way of evidence about e-mails, on which a resend depends',
      textmessagesevents26A6C636: 'the way of evidence about text messages',
      alarmstopic7BE3CDEC: 'subscriptions of people, which each of them has to confirm again',
    },
  },
  'AWS::SQS::Queue': {
    reason: 'A new queue begins empty: what waited in the old one is gone.',
    logicalIds: {
      hintsqueueDB85CB51: 'hints to pages, each for a minute; they may be lost',
      sendemailsubscriberqueueCD716B72: 'e-mails to be sent',
      sendemailsubscriberdeadletters667C0CB3: 'e-mails that could not be handled',
      sendemailsubscriberundeliverableC63714C6: 'e-mails that did not reach their queue',
      sendsmssubscriberqueue0CA8426C: 'text messages to be sent',
      sendsmssubscriberdeadletters3EEDA323: 'text messages that could not be handled',
      sendsmssubscriberundeliverableBCC8E56D: 'text messages that did not reach their queue',
      postwebhooksubscriberqueue06E1D4A2: 'webhooks to be posted',
      postwebhooksubscriberdeadletters57B276D9: 'webhooks that could not be handled',
      postwebhooksubscriberundeliverable0246E331: 'webhooks that did not reach their queue',
      requestwebhookssubscriberqueueEAAE01A9: 'events that no endpoint has got yet',
      requestwebhookssubscriberdeadletters24D59D4D: 'events that could not be passed on to endpoints',
      requestwebhookssubscriberundeliverableE8CF3ED7: 'events that did not reach the queue for endpoints',
      releaseattachmentssubscriberqueueEF91E696: 'attachments to be released',
      releaseattachmentssubscriberdeadlettersC5FBF00A: 'releases that could not be handled',
      releaseattachmentssubscriberundeliverableA055CEFA: 'releases that did not reach their queue',
      projectstatisticssubscriberqueue8C19B53E: 'events to be counted',
      projectstatisticssubscriberdeadlettersCFAFA328: 'events that could not be counted',
      projectstatisticssubscriberundeliverable70FC88F9: 'events that did not reach their queue',
      projectorderssubscriberqueueDA5FB18B: 'changes that the list of orders does not show yet',
      projectorderssubscriberdeadlettersF51AC9F2: 'changes that the list of orders could not show',
      projectorderssubscriberundeliverableA678DCC1: 'changes that did not reach the queue of the list of orders',
      runprocesssubscriberqueueDFB009F7: 'messages that no process manager has seen yet',
      runprocesssubscriberdeadletters4C5926AF: 'messages that a process manager could not handle',
      runprocesssubscriberundeliverable50E2796A: 'messages that did not reach the queue of the process managers',
      recordfeedbacksubscriberqueue11A1FA25: 'evidence about e-mails, not recorded yet',
      recordfeedbacksubscriberdeadlettersA2B536F5: 'evidence about e-mails that could not be recorded',
      recordfeedbacksubscriberundeliverableC3D2CFFD: 'evidence about e-mails that did not reach its queue',
      recordsmsfeedbacksubscriberqueueD301A211: 'evidence about text messages, not recorded yet',
      recordsmsfeedbacksubscriberdeadletters66C93E89: 'evidence about text messages that could not be recorded',
      recordsmsfeedbacksubscriberundeliverable999E1F98: 'evidence about text messages that did not reach its queue',
    },
  },
  'AWS::Logs::LogGroup': {
    reason: 'The history of the log is deleted with the old log group.',
    logicalIds: { apiaccesslog4D1D34A2: 'who called the API, and how it answered' },
  },
};

/** Types that also have resources without valuable contents. Only the listed ids of these types are pinned. */
export const PARTLY_PINNED: ReadonlySet<string> = new Set(['AWS::Logs::LogGroup']);

/**
 * What a stage would lose with a resource; undefined if nothing. Every resource of a pinned type counts, whatever its
 * logical id, because an older release may have used another id. `PARTLY_PINNED` lists the exceptions.
 */
export function lossWith(type: string, logicalId: string): string | undefined {
  const pinned = PINNED[type];
  if (!pinned) return undefined;
  const holds = pinned.logicalIds[logicalId];
  if (holds === undefined && PARTLY_PINNED.has(type)) return undefined;
  return holds === undefined ? pinned.reason : `It holds ${holds}. ${pinned.reason}`;
}
