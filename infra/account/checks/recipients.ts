import { type IdentityInfo, paginateListEmailIdentities } from '@aws-sdk/client-sesv2';
import { sesOf, usesSes } from '../../settings.ts';
import { blocksMail, type Check, type Finding, warning } from './check.ts';
import type { CheckContext } from './context.ts';

/** Most names in one sentence. For more, the finding names the command that lists all of them. */
const MOST_NAMED = 10;

/**
 * SES also checks the sender's permission on the recipient's identity, if that identity is verified in the same
 * account. A stage's senders may use only the identities of its settings. SES refuses mail to the others with
 * AccessDenied, and the mail waits until the permission exists.
 */
export const recipients: Check = {
  name: 'e-mail: recipients of this account',
  stops: 'mail',
  about: usesSes,
  async run(context) {
    const email = sesOf(context.settings);
    const listed = email.recipientIdentities ?? [];
    const verified = (await identitiesOf(context)).filter(isVerified).map(({ IdentityName = '' }) => IdentityName);
    const allowed = new Set([email.identity, ...listed].map(comparable));
    const unlisted = verified.filter((name) => name !== '' && !allowed.has(comparable(name))).sort();
    const inSandbox = !(await context.emailAccount()).ProductionAccessEnabled;
    const known = new Set(verified.map(comparable));
    const unverified = inSandbox ? listed.filter((name) => !known.has(comparable(name))) : [];
    return [...unlistedFindings(unlisted, listed, inSandbox), ...unverified.flatMap(unverifiedFindings)];
  },
};

function unlistedFindings(unlisted: string[], listed: string[], inSandbox: boolean): Finding[] {
  if (unlisted.length === 0) return [];
  const fault =
    `SES has verified ${namesOf(unlisted)} in this account, and the stage’s senders may not write there: ` +
    'SES asks for permission on the identities of recipients too.' +
    (inSandbox ? ' In the sandbox, these are all that mail could reach.' : '');
  const next = `Put those that the stage writes to into infra/stages.ts and deploy: ${settingOf([...listed, ...unlisted])}.`;
  return inSandbox ? blocksMail(fault, next) : warning(fault, next);
}

/** The setting as it is written in infra/stages.ts. */
const settingOf = (names: string[]): string =>
  `email.recipientIdentities: [${names.map((name) => `'${name}'`).join(', ')}]`;

const unverifiedFindings = (name: string): Finding[] =>
  warning(
    `email.recipientIdentities lists ${name}, which SES has not verified in this account: in the sandbox, mail does not reach it.`,
    name.includes('@')
      ? `Run aws sesv2 create-email-identity --email-identity ${name}, and follow the link in the mail that AWS sends there.`
      : `Run aws sesv2 create-email-identity --email-identity ${name}, and add the DNS records that it prints.`,
  );

function namesOf(names: string[]): string {
  const more = names.length - MOST_NAMED;
  const named = names.slice(0, MOST_NAMED).join(', ');
  return more > 0 ? `${named} and ${more} more (aws sesv2 list-email-identities)` : named;
}

async function identitiesOf({ account }: CheckContext): Promise<IdentityInfo[]> {
  const pages = await Array.fromAsync(paginateListEmailIdentities({ client: account.ses, pageSize: 1000 }, {}));
  return pages.flatMap(({ EmailIdentities = [] }) => EmailIdentities);
}

/** An older API returns no status. It only returns whether the identity may send. */
const isVerified = ({ VerificationStatus, SendingEnabled }: IdentityInfo): boolean =>
  VerificationStatus === undefined ? SendingEnabled === true : VerificationStatus === 'SUCCESS';

/** Domains ignore case. The local part of an address does not. */
function comparable(name: string): string {
  const at = name.lastIndexOf('@');
  return name.slice(0, at + 1) + name.slice(at + 1).toLowerCase();
}
