import { NotConnected } from '#shared/adapters/aws/providers/provider-line.ts';
import { SES_REFUSALS } from '#shared/adapters/aws/providers/ses/refusals.ts';
import { SNS_REFUSALS } from '#shared/adapters/aws/providers/sns/refusals.ts';
import type { ContactChannel } from '#shared/names.ts';
import type { Random } from '#test/support/harness/random.ts';

/** Failures of a provider's client as its SDK reports them; the real code has to classify them. */

const refused = (name: string, message: string, httpStatusCode = 400): Error =>
  Object.assign(new Error(message), { name, $fault: 'client', $metadata: { httpStatusCode } });

/** The call was given up: whether anything was done is not known. */
export function noAnswer(): never {
  throw Object.assign(new Error('The call took too long'), { name: 'TimeoutError' });
}

export function throttled(): never {
  throw refused('TooManyRequestsException', 'Maximum sending rate exceeded.', 429);
}

const CONNECT_CODES = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH'];

/** No connection was established, as the line to the provider reports it. */
export function unreachable(random: Random): NotConnected {
  const code = random.pick([...CONNECT_CODES, undefined]);
  const cause = code
    ? Object.assign(new Error(`connect ${code}`), { code, syscall: 'connect' })
    : Object.assign(new Error('Connection timed out'), { name: 'TimeoutError' });
  return new NotConnected('No connection was established.', { cause });
}

/** This message will never be taken. */
export const messageRefusal = (channel: ContactChannel): Error =>
  channel === 'email'
    ? refused('BadRequestException', 'Domain contains control or whitespace')
    : refused('InvalidParameterException', 'Invalid parameter: PhoneNumber Reason: it does not meet the E164 format');

/** What the references of SES and SNS document, and what a paused account was seen to answer. */
const ACCOUNT_REFUSALS: Record<ContactChannel, readonly [name: string, message: string, status?: number][]> = {
  email: [
    ['MessageRejected', 'Sending paused for this account. For more information, see the documentation.'],
    ['SendingPausedException', 'Sending is paused for your account.'],
    ['AccountSuspendedException', 'The account is suspended.'],
    ['MailFromDomainNotVerifiedException', 'The MAIL FROM domain is not verified.'],
    ['NotFoundException', 'Configuration set does not exist.', 404],
    ['AccessDeniedException', 'Not authorized to perform ses:SendEmail.', 403],
  ],
  sms: [
    ['AuthorizationErrorException', 'Not authorized to publish.', 403],
    ['KMSDisabledException', 'The key is disabled.'],
    ['UserErrorException', 'A parameter of the request is invalid.'],
    ['InvalidParameterException', 'Invalid parameter: SMSType'],
  ],
};

/** No message of this account is taken for now. */
export function accountRefusal(channel: ContactChannel, random: Random): Error {
  return refused(...random.pick(ACCOUNT_REFUSALS[channel]));
}

/** Each provider's own refusals, as the real code knows them. */
export const KNOWN_REFUSALS = { email: SES_REFUSALS, sms: SNS_REFUSALS };
