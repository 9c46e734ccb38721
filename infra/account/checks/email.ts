import { GetConfigurationSetCommand, type GetEmailIdentityResponse } from '@aws-sdk/client-sesv2';
import { sesOf, usesSes } from '../../settings.ts';
import { blocksDeploy, blocksMail, type Check, type Finding, warning } from './check.ts';
import type { CheckContext, ResolveCname } from './context.ts';

const SANDBOX =
  'The account is in the e-mail sandbox of this region: SES sends to verified addresses and to the mailbox simulator only';
const LEAVE_SANDBOX = 'ask for production access (SES console, "Account dashboard", or aws sesv2 put-account-details)';

/** A production stage must be able to write to its customers. */
export const goingLive: Check = {
  name: 'e-mail: production access',
  stops: 'deploy',
  about: (settings) => settings.production && usesSes(settings),
  async run({ emailAccount }) {
    const { ProductionAccessEnabled } = await emailAccount();
    if (ProductionAccessEnabled) return [];
    return blocksDeploy(
      `${SANDBOX}; a production stage would not reach its customers.`,
      `Go and ${LEAVE_SANDBOX}; deploy when AWS has granted it.`,
    );
  },
};

/** The account's sandbox, sending status and quotas. */
export const emailAccount: Check = {
  name: 'e-mail: account',
  stops: 'mail',
  about: usesSes,
  async run(context) {
    const { ProductionAccessEnabled, SendingEnabled, EnforcementStatus } = await context.emailAccount();
    return [
      ...warning.when(
        !ProductionAccessEnabled && !context.settings.production,
        `${SANDBOX}.`,
        `Enough to try it: verify the addresses you write to. To leave it, ${LEAVE_SANDBOX}.`,
      ),
      ...blocksMail.when(
        SendingEnabled === false,
        'Sending is switched off for the whole account.',
        'Run aws sesv2 put-account-sending-attributes --sending-enabled.',
      ),
      ...blocksMail.when(
        EnforcementStatus === 'SHUTDOWN',
        'SES has paused sending for this account (enforcement status SHUTDOWN).',
        'Open the case that AWS sent to the account’s address, and answer it.',
      ),
      ...warning.when(
        EnforcementStatus === 'PROBATION',
        'SES reviews this account (enforcement status PROBATION) and may pause it.',
        'Look at bounces and complaints, and answer the case that AWS opened.',
      ),
      ...(await quotaFindings(context)),
    ];
  },
};

async function quotaFindings({ emailAccount, settings }: CheckContext): Promise<Finding[]> {
  const { MaxSendRate = 0, Max24HourSend = 0, SentLast24Hours = 0 } = (await emailAccount()).SendQuota ?? {};
  return [
    ...warning.when(
      MaxSendRate < settings.email.ratePerSecond,
      `email.ratePerSecond is ${settings.email.ratePerSecond}, but SES takes ${MaxSendRate} a second from this account: the rest is throttled and tried again later.`,
      `Put ${MaxSendRate} into infra/stages.ts, or ask SES for more.`,
    ),
    // SES returns -1 if there is no limit.
    ...blocksMail.when(
      Max24HourSend >= 0 && SentLast24Hours >= Max24HourSend,
      `The account has sent ${SentLast24Hours} e-mails in 24 hours and may send ${Max24HourSend}.`,
      'Wait, or ask SES for a higher sending quota.',
    ),
  ];
}

/** CloudFormation creates an identity only if it does not exist yet. */
export const newIdentity: Check = {
  name: 'e-mail: identity is the stack’s to create',
  stops: 'deploy',
  about: (settings) => usesSes(settings) && sesOf(settings).identityOwner === 'create',
  async run({ emailIdentity, resources, settings }) {
    const { identity } = sesOf(settings);
    const own = (await resources('AWS::SES::EmailIdentity')).some(({ physicalId }) => physicalId === identity);
    if (own || !(await emailIdentity())) return [];
    return blocksDeploy(
      `The identity ${identity} exists already, and another stack or a person made it: creating it fails.`,
      'Set email.identityOwner to "existing", or delete the identity if it is not needed: aws sesv2 delete-email-identity.',
    );
  },
};

/** Whether SES has verified that the sender is ours. */
export const identity: Check = {
  name: 'e-mail: identity',
  stops: 'mail',
  about: usesSes,
  async run({ emailIdentity, resources, settings, resolveCname }) {
    const { identity: name, identityOwner } = sesOf(settings);
    const found = await emailIdentity();
    if (found) return verificationFindings(name, found, resolveCname);
    if (identityOwner === 'existing') {
      return blocksMail(
        `The identity ${name} does not exist in this region.`,
        'Create and verify it, or let the stack do it: email.identityOwner "create".',
      );
    }
    if ((await resources('AWS::SES::EmailIdentity')).length === 0) return [];
    return blocksMail(
      `The identity ${name}, which the stack had created, is gone.`,
      `Run aws sesv2 create-email-identity --email-identity ${name}, and put its DKIM records into the DNS.`,
    );
  },
};

type Dkim = NonNullable<GetEmailIdentityResponse['DkimAttributes']>;

async function verificationFindings(
  name: string,
  found: GetEmailIdentityResponse,
  resolve: ResolveCname,
): Promise<Finding[]> {
  const { VerifiedForSendingStatus, DkimAttributes = {} } = found;
  const { Status = 'unknown' } = DkimAttributes;
  const isAddress = name.includes('@');
  if (VerifiedForSendingStatus && (isAddress || Status === 'SUCCESS')) return [];
  const next = isAddress
    ? `Open the mail that AWS sent to ${name}, and follow its link.`
    : await signingAdvice(name, DkimAttributes, resolve);
  if (!VerifiedForSendingStatus) return blocksMail(`SES has not verified ${name} (DKIM: ${Status}).`, next);
  return warning(`Mail from ${name} is not signed: DKIM is ${Status}.`, next);
}

/** The next step towards SES verifying the domain and signing its mail. */
async function signingAdvice(domain: string, dkim: Dkim, resolve: ResolveCname): Promise<string> {
  const { Status, SigningAttributesOrigin, Tokens = [] } = dkim;
  const identity = `--email-identity ${domain}`;
  const easyDkim = `aws sesv2 put-email-identity-dkim-signing-attributes ${identity} --signing-attributes-origin AWS_SES`;
  // The tokens are then selectors of keys that only their owner knows.
  if (SigningAttributesOrigin === 'EXTERNAL') {
    const selectors = Tokens.map((selector) => `${selector}._domainkey.${domain}`).join(', ') || 'its selector';
    return `The domain is signed with a key of your own: put its public key into the TXT record at ${selectors}, or let SES make the keys: ${easyDkim}.`;
  }
  if (Tokens.length === 0) {
    return `SES shows no DKIM tokens for ${domain}, so there are no records to look for. Let SES make them: ${easyDkim}. Then run this again for the DNS records.`;
  }
  const missing = await missingRecords(domain, dkim, resolve);
  const again =
    Status === 'FAILED' ? ` SES has stopped looking for them: then run ${easyDkim}, which makes it look again.` : '';
  if (missing.length > 0) return `Add to the DNS of ${domain}: ${missing.join('; ')}.${again}`;
  if (again !== '') return `The DNS records are there.${again}`;
  return 'SES looks for the DNS records for up to 72 hours; they are there, so wait.';
}

/**
 * The CNAME records that SES waits for and the public DNS does not contain. A record whose lookup fails counts as
 * missing.
 */
async function missingRecords(
  domain: string,
  { Tokens = [], SigningHostedZone = 'dkim.amazonses.com' }: Dkim,
  resolve: ResolveCname,
): Promise<string[]> {
  const records = await Promise.all(
    Tokens.map(async (token) => {
      const [name, value] = [`${token}._domainkey.${domain}`, `${token}.${SigningHostedZone}`];
      const found: string[] = await resolve(name).catch(() => []);
      return found.includes(value) ? [] : [`${name} CNAME ${value}`];
    }),
  );
  return records.flat();
}

/**
 * We suppress recipients ourselves, per tenant. The account’s list, if enabled by hand, would leak information between
 * tenants.
 */
export const suppression: Check = {
  name: 'e-mail: configuration set',
  stops: 'mail',
  about: usesSes,
  async run({ resources, account, synthesized }) {
    const [set] = await resources('AWS::SES::ConfigurationSet');
    if (!set) return [];
    const { SuppressionOptions, SendingOptions } = await account.ses.send(
      new GetConfigurationSetCommand({ ConfigurationSetName: set.physicalId }),
    );
    const [expected] = synthesized().propertiesOf('AWS::SES::ConfigurationSet');
    const wanted: string[] = expected?.SuppressionOptions.SuppressedReasons ?? [];
    const reasons = (SuppressionOptions?.SuppressedReasons ?? []).filter((reason) => !wanted.includes(reason));
    return [
      ...blocksMail.when(
        expected?.SendingOptions.SendingEnabled === true && SendingOptions?.SendingEnabled === false,
        'Sending is switched off for the stage’s configuration set.',
        `Run aws sesv2 put-configuration-set-sending-options --sending-enabled --configuration-set-name ${set.physicalId}.`,
      ),
      ...warning.when(
        reasons.length > 0,
        `The stage’s configuration set follows the account’s suppression list (${reasons.join(', ')}), which all tenants share: SES would drop mail and call it sent.`,
        'It was changed outside the stack; deploy again, or run aws sesv2 put-configuration-set-suppression-options without reasons.',
      ),
    ];
  },
};
