import type { KnownRefusal } from '../known-refusal.ts';

/**
 * Texts of SES for an invalid address. They come from the address parser that SES uses. They concern the recipient,
 * because the stage's settings have already checked the sender's address.
 */
const BAD_ADDRESS =
  /^(Missing final '@domain'|Missing domain|User name is missing|Local (address|part) |Domain (contains|starts|ends) |Illegal address|Invalid email address)/;
const QUOTA_USED_UP = /daily (message|sending) quota/i;

/**
 * Refusals of `SendEmail`, from the reference of SES v2 and "Amazon SES email sending errors" of its developer guide.
 * `MessageRejected` and `BadRequestException` are used for refusals about the message and about the account, so their
 * text decides. The names of SES v1 are listed because its texts occur in v2 as well.
 */
export const SES_REFUSALS: readonly KnownRefusal[] = [
  { error: 'AccountSuspendedException', code: 'ACCOUNT_SUSPENDED' },
  { error: 'SendingPausedException', says: /configuration set/i, code: 'CONFIGURATION_SET_PAUSED' },
  { error: 'SendingPausedException', code: 'ACCOUNT_SENDING_PAUSED' },
  { error: 'AccountSendingPausedException', code: 'ACCOUNT_SENDING_PAUSED' },
  { error: 'ConfigurationSetSendingPausedException', code: 'CONFIGURATION_SET_PAUSED' },
  { error: 'ConfigurationSetDoesNotExistException', code: 'RESOURCE_MISSING' },
  { error: 'NotFoundException', code: 'RESOURCE_MISSING' },
  { error: 'MailFromDomainNotVerifiedException', code: 'IDENTITY_NOT_VERIFIED' },
  { error: 'LimitExceededException', says: QUOTA_USED_UP, code: 'SENDING_QUOTA_REACHED' },
  { error: 'LimitExceededException', code: 'RESOURCE_QUOTA_REACHED' },
  { error: 'TooManyRequestsException', says: QUOTA_USED_UP, code: 'SENDING_QUOTA_REACHED' },
  { error: 'TooManyRequestsException', code: 'THROTTLED' },
  { error: 'ThrottlingException', says: QUOTA_USED_UP, code: 'SENDING_QUOTA_REACHED' },
  { error: 'MessageRejected', says: /paused for this configuration set/i, code: 'CONFIGURATION_SET_PAUSED' },
  { error: 'MessageRejected', says: /\bpaused\b/i, code: 'ACCOUNT_SENDING_PAUSED' },
  { error: 'MessageRejected', says: /\bnot verified\b/i, code: 'IDENTITY_NOT_VERIFIED' },
  { error: 'MessageRejected', says: /\binvalid content\b/i, code: 'CONTENT_REFUSED' },
  { error: 'MessageRejected', says: /\b(attachments?|file ?names?|file types?)\b/i, code: 'CONTENT_REFUSED' },
  { error: 'MessageRejected', code: 'REFUSAL_UNCLEAR' },
  { error: 'BadRequestException', says: BAD_ADDRESS, code: 'RECIPIENT_ADDRESS_INVALID' },
  { error: 'BadRequestException', says: /^Recipient count exceeds /, code: 'TOO_MANY_RECIPIENTS' },
  { error: 'BadRequestException', says: /^Message length is more than /, code: 'MESSAGE_TOO_LARGE' },
  { error: 'BadRequestException', says: /\b(attachments?|file ?names?|file types?)\b/i, code: 'CONTENT_REFUSED' },
  { error: 'BadRequestException', code: 'REFUSAL_UNCLEAR' },
];
