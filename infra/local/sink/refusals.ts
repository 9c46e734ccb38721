import { serviceError } from '../aws/answers.ts';
import type { Answer } from '../base/http.ts';

/** The reasons of the account for which a provider refuses every message. */
export const ACCOUNT_REFUSALS = ['paused', 'suspended', 'not-permitted', 'not-verified', 'quota-reached'] as const;
export type AccountRefusal = (typeof ACCOUNT_REFUSALS)[number];

type Refusal = readonly [status: number, code: string, message: string, details?: Record<string, unknown>];

/** The answers of SES v2. The message of a pause is that of SES v1, which accounts have received. */
const SES: Record<AccountRefusal, Refusal> = {
  paused: [400, 'MessageRejected', 'Sending paused for this account.'],
  suspended: [400, 'AccountSuspendedException', "The account's ability to send email has been permanently restricted."],
  'not-permitted': [403, 'AccessDeniedException', 'User is not authorized to perform: ses:SendEmail'],
  'not-verified': [400, 'MessageRejected', 'Email address is not verified. The following identities failed the check.'],
  'quota-reached': [429, 'TooManyRequestsException', 'Daily message quota exceeded.'],
};

const SNS: Record<AccountRefusal, Refusal> = {
  paused: [403, 'AuthorizationError', 'Sending text messages is paused for this account.'],
  suspended: [403, 'AuthorizationError', 'The account is suspended.'],
  'not-permitted': [403, 'AuthorizationError', 'User is not authorized to perform: SNS:Publish'],
  'not-verified': [400, 'UserError', 'The account is in the sandbox.'],
  'quota-reached': [429, 'Throttled', 'Rate exceeded.'],
};

const END_USER_MESSAGING: Record<AccountRefusal, Refusal> = {
  paused: [400, 'AccessDeniedException', 'Access denied.', { Reason: 'INSUFFICIENT_ACCOUNT_REPUTATION' }],
  suspended: [400, 'AccessDeniedException', 'Access denied.', { Reason: 'ACCOUNT_DISABLED' }],
  'not-permitted': [400, 'AccessDeniedException', 'User is not authorized to perform: sms-voice:SendTextMessage'],
  'not-verified': [400, 'ConflictException', 'Conflict.', { Reason: 'DESTINATION_PHONE_NUMBER_NOT_VERIFIED' }],
  'quota-reached': [
    400,
    'ServiceQuotaExceededException',
    'Quota exceeded.',
    { Reason: 'MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT' },
  ],
};

const TABLES = { sesv2: SES, sns: SNS, 'pinpoint-sms-voice-v2': END_USER_MESSAGING };

/** A provider's answer to a message that it refuses because of the account. */
export function accountRefused(service: keyof typeof TABLES, refusal: AccountRefusal): Answer {
  const [status, code, message, details] = TABLES[service][refusal];
  return serviceError(service, status, code, message, details);
}
