import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { StageSettings } from '../settings.ts';
import { placeholdersIn } from '../stages.ts';
import { blocksDeploy, type Check, type Finding, type Severity, warning } from './checks/check.ts';
import { checks } from './checks/checks.ts';
import { admit, type Patient, type ResolveCname } from './checks/patient.ts';
import { type Account, type ClientConfig, clientConfigOf, openAccount, regionOf } from './clients.ts';
import { Refused, saidBy } from './refused.ts';

/** What one check found; nothing means that all is well. */
export type Result = { name: string; findings: Finding[] };

export type Examination = {
  results: Result[];
  /** Where the stage is or will be; undefined if nobody could say. */
  place?: { accountId: string; region: string };
};

export type ExamineOptions = {
  stage: string;
  settings: StageSettings;
  client: ClientConfig;
  resolveCname: ResolveCname;
  /** Which checks; all, if not given. */
  only?: (check: Check) => boolean;
};

/**
 * Asks an account everything that stands between a stage and its first mail. One fault hides no other: a
 * check that gets no answer says so, and the rest go on.
 */
export async function examine(options: ExamineOptions): Promise<Examination> {
  const { stage, settings, client, resolveCname, only = () => true } = options;
  const placeholders: Result = { name: 'settings', findings: placeholdersIn(settings).map(placeholderFinding) };
  const account = openAccount(clientConfigOf(settings.region, client));
  const whoAndWhere = await whereabouts(account);
  const credentials: Result = { name: 'credentials and region', findings: whoAndWhere.findings };
  const asked = checks.filter((check) => only(check) && (check.about?.(settings) ?? true));
  if (!whoAndWhere.place) {
    const unasked = asked.map(({ name }) => name).join(', ');
    credentials.findings.push(
      warning(`Not asked, because nobody could be: ${unasked}.`, 'Run it again with credentials.'),
    );
    return { results: [placeholders, credentials] };
  }
  const { place } = whoAndWhere;
  const patient = admit({ stage, settings, account, resolveCname, ...place });
  const results = await Promise.all(asked.map((check) => resultOf(check, patient)));
  return { results: [placeholders, credentials, ...results], place };
}

const placeholderFinding = (fault: string): Finding =>
  blocksDeploy(
    fault,
    'Names under .example and account 111122223333 belong to nobody; docs/how-to/deploy.md says which settings are yours to choose.',
  );

type Whereabouts = { findings: Finding[]; place?: { accountId: string; region: string } };

async function whereabouts(account: Account): Promise<Whereabouts> {
  try {
    const region = await regionOf(account);
    const { Account: accountId = '' } = await account.sts.send(new GetCallerIdentityCommand({}));
    return { findings: [], place: { accountId, region } };
  } catch (error) {
    const [fault = '', next = ''] =
      error instanceof Refused
        ? error.faults
        : [`AWS does not know who asks: ${saidBy(error)}`, 'Sign in (aws sso login), or name a profile (AWS_PROFILE).'];
    return { findings: [blocksDeploy(fault, next)] };
  }
}

/** What nobody could answer counts as the worst that the check could have found. */
async function resultOf(check: Check, patient: Patient): Promise<Result> {
  try {
    return { name: check.name, findings: await check.run(patient) };
  } catch (error) {
    const finding: Finding = {
      severity: check.stops,
      fault: `It could not be asked: ${saidBy(error)}`,
      next: 'Let these credentials ask (AWS names the action that it misses), and run it again.',
    };
    return { name: check.name, findings: [finding] };
  }
}

/** How many of them there are, of one severity. */
export const countOf = ({ results }: Examination, severity: Severity): number =>
  results.flatMap(({ findings }) => findings).filter((finding) => finding.severity === severity).length;
