import { resolveCname } from 'node:dns/promises';
import type { Finding, Severity } from './checks/check.ts';
import { type CommandContext, chosenStage, readArguments, runCommand } from './command.ts';
import { countOf, type Examination, examine } from './examine.ts';

const USAGE = 'Usage: npm run doctor -- --stage <name>';

/** `npm run doctor`: reports everything at once that prevents a stage from sending its first mail. */
export async function doctor(args: string[], context: CommandContext, lookUp = resolveCname): Promise<number> {
  const { print, client, environment } = context;
  const { values } = readArguments(USAGE, args, { stage: { type: 'string' } });
  const { stage, settings } = chosenStage(values.stage, context);
  const { SENDGRID_API_KEY: key } = environment;
  const emailApi = key ? { key } : {};
  const examination = await examine({ stage, settings, client, resolveCname: lookUp, emailApi });
  print(headline(stage, examination));
  for (const line of reportLines(examination)) print(line);
  const [deploy, mail, warnings] = [
    countOf(examination, 'deploy'),
    countOf(examination, 'mail'),
    countOf(examination, 'warning'),
  ];
  print(`${deploy} block deploying, ${mail} block mail, ${warnings} warnings.`);
  return deploy + mail > 0 ? 1 : 0;
}

function headline(stage: string, { place }: Examination): string {
  return place ? `Stage ${stage} in account ${place.accountId}, ${place.region}` : `Stage ${stage}`;
}

const MARK: Record<Severity, string> = { deploy: 'BLOCKS DEPLOY', mail: 'BLOCKS MAIL', warning: 'warning' };

/** One line for a check without a finding. For each finding, the fault and what to do. */
export function reportLines({ results }: Examination): string[] {
  return results.flatMap(({ name, findings }) =>
    findings.length === 0 ? [`ok             ${name}`] : findings.flatMap((finding) => lines(name, finding)),
  );
}

const lines = (name: string, { severity, fault, next }: Finding): string[] => [
  `${MARK[severity].padEnd(15)}${name}: ${fault}`,
  `${' '.repeat(15)}-> ${next}`,
];

if (import.meta.main) await runCommand(doctor);
