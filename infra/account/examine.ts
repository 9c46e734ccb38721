import type { StageSettings } from '../settings.ts';
import { placeholdersIn } from '../stages.ts';
import { blocksDeploy, type Check, type Finding, type Severity, warning } from './checks/check.ts';
import { checks } from './checks/checks.ts';
import { type CheckContext, contextOf, type EmailApi, type ResolveCname } from './checks/context.ts';
import { type ClientConfig, clientConfigOf, openAccount, type Place, placeOf } from './clients.ts';
import { describeError, nextAfter } from './failed-calls.ts';
import { Refused } from './refused.ts';
import { synthesizedStage } from './synthesized-stage.ts';

/** The findings of one check. No findings mean that all is well. */
export type Result = { name: string; findings: Finding[] };

export type Examination = {
  results: Result[];
  /** Where the stage is or will be. Undefined if AWS did not say. */
  place?: Place;
};

export type ExamineOptions = {
  stage: string;
  settings: StageSettings;
  client: ClientConfig;
  resolveCname: ResolveCname;
  emailApi?: EmailApi;
  /** Selects the checks. Default: all. */
  only?: (check: Check) => boolean;
};

/**
 * Runs all checks for what prevents a stage from sending its first mail. One fault hides no other: a check without an
 * answer reports that, and the other checks continue.
 */
export async function examine(options: ExamineOptions): Promise<Examination> {
  const { stage, settings, client, resolveCname, emailApi = {}, only = () => true } = options;
  const placeholders: Result = { name: 'settings', findings: placeholdersIn(settings).flatMap(placeholderFindings) };
  const account = openAccount(clientConfigOf(settings.region, client));
  const located = await locate(() => placeOf(account, { stage, settings }));
  const credentials: Result = { name: 'credentials and region', findings: located.findings };
  const selected = checks.filter((check) => only(check) && (check.about?.(settings) ?? true));
  if (!located.place) {
    const skipped = selected.map(({ name }) => name).join(', ');
    credentials.findings.push(
      ...warning(`These checks could not run because of that: ${skipped}.`, 'Run it again when that is fixed.'),
    );
    return { results: [placeholders, credentials] };
  }
  const { place } = located;
  const context = contextOf({ stage, settings, account, resolveCname, emailApi, ...place }, synthesizedStage);
  const results = await Promise.all(selected.map((check) => resultOf(check, context)));
  return { results: [placeholders, credentials, ...results], place };
}

const placeholderFindings = (fault: string): Finding[] =>
  blocksDeploy(
    fault,
    'Names under .example and account 111122223333 are placeholders. docs/how-to/deploy.md lists the settings to change.',
  );

type Located = { findings: Finding[]; place?: Place };

async function locate(ask: () => Promise<Place>): Promise<Located> {
  try {
    return { findings: [], place: await ask() };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const [fault = '', next = ''] = error.faults;
    return { findings: blocksDeploy(fault, next) };
  }
}

/** A check without an answer gets the highest severity that it could have found. */
async function resultOf(check: Check, context: CheckContext): Promise<Result> {
  try {
    return { name: check.name, findings: await check.run(context) };
  } catch (error) {
    const finding: Finding = {
      severity: check.stops,
      fault: `The check got no answer: ${describeError(error)}`,
      next: nextAfter(error),
    };
    return { name: check.name, findings: [finding] };
  }
}

/** Number of findings of one severity. */
export const countOf = ({ results }: Examination, severity: Severity): number =>
  results.flatMap(({ findings }) => findings).filter((finding) => finding.severity === severity).length;
