import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import {
  AccessDeniedExceptionReason,
  ConflictExceptionReason,
  ServiceQuotaExceededExceptionReason,
  ValidationExceptionReason,
} from '@aws-sdk/client-pinpoint-sms-voice-v2';
import { COMMON_REFUSALS } from '#shared/adapters/aws/providers/common-refusals.ts';
import { END_USER_MESSAGING_REFUSALS } from '#shared/adapters/aws/providers/end-user-messaging/refusals.ts';
import type { KnownRefusal } from '#shared/adapters/aws/providers/known-refusal.ts';
import { SENDGRID_REFUSALS } from '#shared/adapters/aws/providers/sendgrid/refusals.ts';
import { SES_REFUSALS } from '#shared/adapters/aws/providers/ses/refusals.ts';
import { SNS_REFUSALS } from '#shared/adapters/aws/providers/sns/refusals.ts';
import { nextFor, REFUSALS, type RefusalCode } from '#shared/notification/refusals.ts';
import { answerOf, PROVIDER_CASES, type ProviderName, type Refused } from '#test/support/provider-cases.ts';

const TABLES: Record<ProviderName, readonly KnownRefusal[]> = {
  SES: SES_REFUSALS,
  SendGrid: SENDGRID_REFUSALS,
  SNS: SNS_REFUSALS,
  'End User Messaging': END_USER_MESSAGING_REFUSALS,
};

/** What the services write where the name alone says too little; from their guides, and as they were seen. */
const WORDED: readonly [provider: ProviderName, error: string, text: string, code: RefusalCode][] = [
  [
    'SES',
    'MessageRejected',
    'Sending paused for this account. For more information, please check the inbox of the email address associated with your AWS account.',
    'ACCOUNT_SENDING_PAUSED',
  ],
  ['SES', 'MessageRejected', 'Message rejected: Sending paused for this account.', 'ACCOUNT_SENDING_PAUSED'],
  [
    'SES',
    'MessageRejected',
    "Account is paused. Your account's ability to send email has been paused.",
    'ACCOUNT_SENDING_PAUSED',
  ],
  ['SES', 'MessageRejected', 'Sending paused for this configuration set.', 'CONFIGURATION_SET_PAUSED'],
  ['SES', 'SendingPausedException', 'Sending paused for this account.', 'ACCOUNT_SENDING_PAUSED'],
  ['SES', 'SendingPausedException', 'Sending paused for this configuration set.', 'CONFIGURATION_SET_PAUSED'],
  [
    'SES',
    'MessageRejected',
    'Email address is not verified. The following identities failed the check in region EU-CENTRAL-1: ada@example.com',
    'IDENTITY_NOT_VERIFIED',
  ],
  ['SES', 'MessageRejected', "The message can't be sent because it contains invalid content.", 'CONTENT_REFUSED'],
  ['SES', 'MessageRejected', 'Attachment has an unsupported file type.', 'CONTENT_REFUSED'],
  ['SES', 'MessageRejected', 'Something that was never seen before.', 'REFUSAL_UNCLEAR'],
  ['SES', 'BadRequestException', "Missing final '@domain'", 'RECIPIENT_ADDRESS_INVALID'],
  ['SES', 'BadRequestException', 'Missing domain', 'RECIPIENT_ADDRESS_INVALID'],
  ['SES', 'BadRequestException', "User name is missing: '@example.com'", 'RECIPIENT_ADDRESS_INVALID'],
  ['SES', 'BadRequestException', 'Local address contains control or whitespace', 'RECIPIENT_ADDRESS_INVALID'],
  ['SES', 'BadRequestException', 'Domain contains control or whitespace', 'RECIPIENT_ADDRESS_INVALID'],
  ['SES', 'BadRequestException', 'Domain starts with dot', 'RECIPIENT_ADDRESS_INVALID'],
  ['SES', 'BadRequestException', 'Domain contains dot-dot', 'RECIPIENT_ADDRESS_INVALID'],
  ['SES', 'BadRequestException', 'Illegal address', 'RECIPIENT_ADDRESS_INVALID'],
  ['SES', 'BadRequestException', 'Recipient count exceeds 50.', 'TOO_MANY_RECIPIENTS'],
  ['SES', 'BadRequestException', 'Message length is more than 41943040 bytes long.', 'MESSAGE_TOO_LARGE'],
  ['SES', 'BadRequestException', 'Configuration set name is invalid.', 'REFUSAL_UNCLEAR'],
  ['SES', 'TooManyRequestsException', 'Daily message quota exceeded', 'SENDING_QUOTA_REACHED'],
  ['SES', 'TooManyRequestsException', 'Maximum sending rate exceeded', 'THROTTLED'],
  ['SES', 'ThrottlingException', 'Daily message quota exceeded', 'SENDING_QUOTA_REACHED'],
  ['SES', 'ThrottlingException', 'Maximum sending rate exceeded', 'THROTTLED'],
  ['SES', 'LimitExceededException', 'Daily sending quota exceeded', 'SENDING_QUOTA_REACHED'],
  [
    'SendGrid',
    'BadRequest',
    'There is a limit of 1000 total recipients (to + cc + bcc) per request.',
    'TOO_MANY_RECIPIENTS',
  ],
  ['SendGrid', 'BadRequest', 'The total size of your message must be less than 30 MB.', 'MESSAGE_TOO_LARGE'],
  ['SendGrid', 'Unauthorized', 'Maximum credits exceeded', 'SENDING_QUOTA_REACHED'],
  [
    'SendGrid',
    'Unauthorized',
    'The provided authorization grant is invalid, expired, or revoked',
    'CREDENTIALS_REFUSED',
  ],
  [
    'SendGrid',
    'Forbidden',
    'The from address does not match a verified Sender Identity. Mail cannot be sent until this error is resolved.',
    'IDENTITY_NOT_VERIFIED',
  ],
  ['SendGrid', 'Forbidden', 'Your account has been suspended.', 'ACCOUNT_SUSPENDED'],
  [
    'SendGrid',
    'Forbidden',
    'You are temporarily blocked from sending emails due to repeated bad requests.',
    'ACCOUNT_SENDING_PAUSED',
  ],
  ['SendGrid', 'Forbidden', 'access forbidden', 'PERMISSION_DENIED'],
  ['SNS', 'InvalidParameter', 'Invalid parameter: Phone number is opted out', 'RECIPIENT_OPTED_OUT'],
  ['SNS', 'InvalidParameterValue', 'Phone number is opted out', 'RECIPIENT_OPTED_OUT'],
  ['SNS', 'OptedOut', 'The phone number opted out of SMS messages of your account.', 'RECIPIENT_OPTED_OUT'],
  [
    'SNS',
    'InvalidParameter',
    'Invalid parameter: PhoneNumber Reason: +43123 is not valid to publish to',
    'RECIPIENT_NUMBER_INVALID',
  ],
  ['SNS', 'InvalidParameter', 'Invalid parameter: Message too long', 'MESSAGE_TOO_LARGE'],
  ['SNS', 'InvalidParameter', 'Invalid parameter: Empty message', 'CONTENT_REFUSED'],
  ['SNS', 'InvalidParameter', 'Invalid parameter: AWS.MM.SMS.OriginationNumber Reason: not owned', 'REFUSAL_UNCLEAR'],
];

const answerFor = async (provider: ProviderName, refused: Refused) => {
  const one = PROVIDER_CASES[provider];
  const { requests, ...answer } = await answerOf(one, (response) => one.refuse(response, refused));
  assert.equal(requests, 1);
  return answer;
};

const kindOf = (code: RefusalCode) => (REFUSALS[code].about === 'message' ? 'rejected' : 'deferred');

describe('Every documented refusal', () => {
  for (const [provider, error, text, code] of WORDED) {
    it(`${provider} ${error} "${text.slice(0, 50)}": ${code}`, async () => {
      const answer = await answerFor(provider, { error, text });
      assert.deepEqual([answer.kind, 'reason' in answer && answer.reason], [kindOf(code), code]);
      assert.ok(!JSON.stringify(answer).includes(text));
    });
  }

  for (const [provider, known] of Object.entries(TABLES)) {
    for (const { error, reason, field, code } of known.filter(({ says }) => says === undefined)) {
      it(`${provider} ${[error, reason, field].filter(Boolean).join(' ')}: ${code}`, async () => {
        const fields = field === undefined ? undefined : [field];
        const answer = await answerFor(provider as ProviderName, {
          error,
          ...(reason !== undefined && { reason }),
          ...(fields && { fields }),
        });
        assert.deepEqual([answer.kind, 'reason' in answer && answer.reason], [kindOf(code), code]);
      });
    }
  }

  it('is found by a text in a row of each table that has one, and each such row by a text', () => {
    for (const [provider, known] of Object.entries(TABLES)) {
      for (const { error, says, code } of known.filter((row) => row.says !== undefined)) {
        const texts = WORDED.filter(([name, , text, found]) => name === provider && found === code && says?.test(text));
        assert.ok(texts.length > 0, `no text of the test finds ${provider} ${error} ${says}`);
      }
    }
  });

  it('names every error that the commands document', () => {
    for (const [provider, client, command] of [
      ['SES', 'client-sesv2', 'SendEmailCommand'],
      ['SNS', 'client-sns', 'PublishCommand'],
      ['End User Messaging', 'client-pinpoint-sms-voice-v2', 'SendTextMessageCommand'],
    ] as const) {
      const named = new Set(TABLES[provider].map(({ error }) => error));
      const missing = documentedErrors(client, command).filter((error) => !named.has(error));
      assert.deepEqual(missing, [], provider);
    }
  });

  it('names every reason that End User Messaging documents', () => {
    const reasons = {
      AccessDeniedException: AccessDeniedExceptionReason,
      ConflictException: ConflictExceptionReason,
      ServiceQuotaExceededException: ServiceQuotaExceededExceptionReason,
      ValidationException: ValidationExceptionReason,
    };
    for (const [error, documented] of Object.entries(reasons)) {
      const named = END_USER_MESSAGING_REFUSALS.filter((row) => row.error === error && row.reason !== undefined);
      assert.deepEqual(named.map(({ reason }) => reason).sort(), Object.values(documented).sort(), error);
    }
  });

  it('names the next step', () => {
    for (const code of Object.keys(REFUSALS)) assert.ok(nextFor(code).length > 3, code);
    assert.ok(nextFor('SomethingOfAnEarlierRelease').length > 10);
  });
});

describe('A wrong field of End User Messaging', () => {
  it('is about the message only if no other field is wrong', async () => {
    const both = { error: 'ValidationException', fields: ['DestinationPhoneNumber', 'ConfigurationSetName'] };
    const answer = await answerFor('End User Messaging', both);
    assert.deepEqual([answer.kind, 'reason' in answer && answer.reason], ['deferred', 'REFUSAL_UNCLEAR']);
  });
});

/** Client errors by the documentation of a command in the SDK: what is thrown for a server fault is no refusal. */
function documentedErrors(client: string, command: string): string[] {
  const root = createRequire(import.meta.url)
    .resolve(`@aws-sdk/${client}/package.json`)
    .replace('package.json', '');
  const text = readFileSync(`${root}dist-types/commands/${command}.d.ts`, 'utf8');
  return [...text.matchAll(/@throws \{@link (\w+)\} \(client fault\)/g)].map(([, name = '']) => name);
}

describe('docs/reference/provider-refusals.md', () => {
  it('is equal to the tables', () => {
    const page = readFileSync(new URL('../../../docs/reference/provider-refusals.md', import.meta.url), 'utf8');
    const rows = page.split('\n').filter((line) => line.startsWith('| `'));
    assert.deepEqual(rows, [
      ...Object.entries(REFUSALS).map(
        ([code, { about, means, next }]) => `| \`${code}\` | ${about} | ${means} | ${next} |`,
      ),
      ...[...Object.values(TABLES), COMMON_REFUSALS].flatMap((known) => known.map(rowOf)),
    ]);
  });
});

function rowOf({ error, reason, field, says, code }: KnownRefusal): string {
  const details = [
    ...(reason === undefined ? [] : [`reason \`${reason}\``]),
    ...(field === undefined ? [] : [`only field \`${field}\``]),
    ...(says === undefined ? [] : [`text like \`${says.source.replaceAll('|', '\\|')}\``]),
  ];
  return `| \`${error}\` | ${details.join(', ')} | \`${code}\` |`;
}
