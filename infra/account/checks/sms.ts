import {
  DescribeAccountAttributesCommand,
  DescribePhoneNumbersCommand,
  DescribePoolsCommand,
  DescribeSenderIdsCommand,
  DescribeSpendLimitsCommand,
} from '@aws-sdk/client-pinpoint-sms-voice-v2';
import {
  GetSMSAttributesCommand,
  GetSMSSandboxAccountStatusCommand,
  paginateListOriginationNumbers,
  type SNSClient,
} from '@aws-sdk/client-sns';
import type { StageSettings } from '../../settings.ts';
import type { Account } from '../clients.ts';
import { unlessNamed } from '../refused.ts';
import { blocksMail, type Check, type Finding, warning } from './check.ts';

const SANDBOX = 'text messages reach verified numbers only';

/**
 * In production, a sandbox keeps messages from customers. In other stages, a person can still test with their own
 * number.
 */
const sandboxFinding = ({ production }: StageSettings) => (production ? blocksMail : warning).when;

/** The account's SMS sandbox, spend limit and origination numbers in SNS. */
export const snsText: Check = {
  name: 'text messages: SNS',
  stops: 'mail',
  about: ({ sms }) => sms.gateway === 'sns',
  async run({ account: { sns }, settings }) {
    const { IsInSandbox } = await sns.send(new GetSMSSandboxAccountStatusCommand({}));
    return [
      ...sandboxFinding(settings)(
        IsInSandbox === true,
        `The account is in the SMS sandbox of this region: ${SANDBOX}.`,
        'Verify your number (SNS console, "Text messaging"), or ask there to leave the sandbox.',
      ),
      ...(await snsSpendFindings(sns)),
      ...(await originationFindings(sns, settings)),
    ];
  },
};

/** Default of AWS: an account may spend one dollar a month. */
const UNSET_SPEND_LIMIT_USD = 1;

async function snsSpendFindings(sns: SNSClient): Promise<Finding[]> {
  const { attributes = {} } = await sns.send(new GetSMSAttributesCommand({ attributes: ['MonthlySpendLimit'] }));
  const limitUsd = Number(attributes.MonthlySpendLimit ?? UNSET_SPEND_LIMIT_USD);
  if (limitUsd > UNSET_SPEND_LIMIT_USD) return [];
  return warning(
    `Text messages may cost ${limitUsd} USD a month in this account; SNS drops what comes after that, and says nothing.`,
    'Ask for a higher limit (Service Quotas, SNS), then aws sns set-sms-attributes --attributes MonthlySpendLimit=<USD>.',
  );
}

async function originationFindings(sns: SNSClient, { sms }: StageSettings): Promise<Finding[]> {
  if (sms.gateway !== 'sns' || (sms.senderId && !sms.originationNumber)) return [];
  const pages = await Array.fromAsync(paginateListOriginationNumbers({ client: sns }, {}));
  const numbers = pages.flatMap(({ PhoneNumbers = [] }) => PhoneNumbers).map(({ PhoneNumber }) => PhoneNumber);
  if (sms.originationNumber && !numbers.includes(sms.originationNumber)) {
    return blocksMail(
      `The account does not have the number ${sms.originationNumber} in this region.`,
      'Get it in End User Messaging, or take sms.originationNumber out of infra/stages.ts.',
    );
  }
  if (numbers.length > 0) return [];
  return warning(
    'The account has no number that text messages could come from: countries that ask for one (the USA for one) get none.',
    'Get a number in End User Messaging, or set sms.senderId for countries that allow names.',
  );
}

/** The account's sandbox and spend limit in End User Messaging, and the origination identity. */
export const endUserMessaging: Check = {
  name: 'text messages: End User Messaging',
  stops: 'mail',
  about: ({ sms }) => sms.gateway === 'end-user-messaging',
  async run({ account, settings, region, accountId }) {
    const { AccountAttributes = [] } = await account.sms.send(new DescribeAccountAttributesCommand({}));
    return [
      ...sandboxFinding(settings)(
        AccountAttributes.some(({ Name, Value }) => Name === 'ACCOUNT_TIER' && Value === 'SANDBOX'),
        `End User Messaging has the account in its sandbox in this region: ${SANDBOX}.`,
        'Verify your number, or ask for production access (End User Messaging console, "Account").',
      ),
      ...(await spendFindings(account)),
      ...(await identityFindings(account, settings, { region, accountId })),
    ];
  },
};

async function spendFindings({ sms }: Account): Promise<Finding[]> {
  const { SpendLimits = [] } = await sms.send(new DescribeSpendLimitsCommand({}));
  const limit = SpendLimits.find(({ Name }) => Name === 'TEXT_MESSAGE_MONTHLY_SPEND_LIMIT');
  if (!limit || (limit.EnforcedLimit ?? 0) > UNSET_SPEND_LIMIT_USD) return [];
  const { EnforcedLimit = 0, MaxLimit = 0 } = limit;
  const next =
    MaxLimit > EnforcedLimit
      ? `Up to ${MaxLimit} USD need no approval: aws pinpoint-sms-voice-v2 set-text-message-spend-limit-override --monthly-limit ${MaxLimit}.`
      : 'Ask AWS Support for a higher SMS spending quota.';
  return warning(
    `Text messages may cost ${EnforcedLimit} USD a month in this account; what comes after that is refused.`,
    next,
  );
}

/** The settings’ schema accepts no other ARN. */
const ORIGIN =
  /^arn:[\w-]+:sms-voice:(?<region>[\w-]+):(?<account>\d{12}):(?<kind>phone-number|sender-id|pool)\/(?<name>.+)$/;

async function identityFindings(
  account: Account,
  { sms }: StageSettings,
  here: { region: string; accountId: string },
): Promise<Finding[]> {
  if (sms.gateway !== 'end-user-messaging') return [];
  const arn = sms.originationIdentity;
  const { region = '', account: owner = '', kind = '', name = '' } = ORIGIN.exec(arn)?.groups ?? {};
  if (region !== here.region) {
    return blocksMail(
      `sms.originationIdentity is of ${region}, the stage of ${here.region}: End User Messaging sends from its own region only.`,
      'Name one of the stage’s region in infra/stages.ts.',
    );
  }
  const shared = owner !== here.accountId;
  const status = await originStatus(account, { arn, kind, name, shared });
  return [
    ...warning.when(
      shared,
      `sms.originationIdentity belongs to account ${owner}, the stage to ${here.accountId}.`,
      'Right if it is shared with this account (AWS RAM); otherwise name one of this account.',
    ),
    ...blocksMail.when(
      status !== 'ACTIVE',
      status ? `${arn} is ${status}.` : `${arn} does not exist, or is not shared with this account.`,
      'Get a phone number, sender id or pool in End User Messaging, and name it in infra/stages.ts.',
    ),
  ];
}

type Origin = { arn: string; kind: string; name: string; shared: boolean };

/** Undefined if nothing has that ARN. A sender id has no status: it exists or it does not. */
async function originStatus({ sms }: Account, { arn, kind, name, shared }: Origin): Promise<string | undefined> {
  const Owner = shared ? 'SHARED' : 'SELF';
  const existing = <Output>(call: Promise<Output>) => unlessNamed(call, 'ResourceNotFoundException');
  if (kind === 'phone-number') {
    const found = await existing(sms.send(new DescribePhoneNumbersCommand({ PhoneNumberIds: [arn], Owner })));
    return found?.PhoneNumbers?.[0]?.Status;
  }
  if (kind === 'pool') {
    const found = await existing(sms.send(new DescribePoolsCommand({ PoolIds: [arn], Owner })));
    return found?.Pools?.[0]?.Status;
  }
  const [SenderId, IsoCountryCode] = name.split('/');
  const command = new DescribeSenderIdsCommand({ SenderIds: [{ SenderId, IsoCountryCode }], Owner });
  return (await existing(sms.send(command)))?.SenderIds?.[0] && 'ACTIVE';
}
