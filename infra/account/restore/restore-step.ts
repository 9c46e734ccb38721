import { GetTemplateCommand } from '@aws-sdk/client-cloudformation';
import { Refused } from '../refused.ts';
import type { Bench } from './bench.ts';
import { stillRunning } from './pause.ts';
import {
  describeTable,
  equipTable,
  existingTable,
  isMadeBy,
  momentFaults,
  protectTable,
  type RestoreRequest,
  restoredTableName,
  restoreTable,
  type Workshop,
  wholeSecond,
} from './tables.ts';

/** A date and a time to the second at least, and of which place: what is meant must not depend on who runs it. */
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** @throws Refused for what is no moment in the past. */
export function momentFrom(text: string | undefined): Date {
  const moment = new Date(text ?? '');
  if (text === undefined || !MOMENT.test(text) || !isDayOfTheCalendar(text))
    throw new Refused(
      'restore takes the moment to go back to: --to 2026-01-31T09:30:00Z, to the second, with its zone.',
    );
  if (moment.getTime() > Date.now()) throw new Refused(`--to ${text} has not been yet.`);
  return wholeSecond(moment);
}

/** `Date` reads the 30th of February as the 2nd of March, which is another table. */
function isDayOfTheCalendar(text: string): boolean {
  const day = new Date(text.slice(0, 10));
  return (
    !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text.slice(0, 10)) && !Number.isNaN(Date.parse(text))
  );
}

/**
 * Makes a table of the stage's rows as they were at a moment, ready to take the place of the one in use.
 * Nothing uses it yet. Run again, it goes on where it stopped.
 */
export async function restoreStep(bench: Bench, moment: Date): Promise<void> {
  const { recorder, surroundings, outputs, clients, stackName, stage } = bench;
  const workshop: Workshop = { dynamo: clients.dynamo, print: surroundings.print, pollMs: surroundings.pollMs };
  const { restored: earlier, hold, ...record } = recorder.read();
  // A stage that has adopted a table already goes back from the one that it had before.
  const fromTable = earlier?.fromTable ?? outputs.tableName;
  const tableName = restoredTableName(stackName, moment);
  const source = await existingTable(clients.dynamo, fromTable);
  const request: RestoreRequest = { source, moment, tableName };
  await requireReady(bench, request);
  await protectTable(source, workshop);
  const isSame = earlier?.tableName === tableName;
  const restored = { fromTable, moment: moment.toISOString(), tableName };
  recorder.write({ ...record, restored, ...(isSame && hold && { hold }) });
  if (earlier && !isSame) surroundings.print(`${earlier.tableName} stays too; delete it when nobody needs it.`);
  await restoreTable(request, workshop);
  const { LatestStreamArn } = await equipTable(tableName, source, workshop);
  const { print } = surroundings;
  print(`${tableName} is there, and nothing uses it. Next: npm run restore -- --stage ${stage} hold`);
  print(`Then put this into the settings of stage ${stage} in infra/stages.ts, and deploy:`);
  print(adoptionOf(LatestStreamArn));
}

/** What stands in the settings of a stage that uses the table. */
export const adoptionOf = (streamArn: string | undefined): string => `    adoptedTable: '${streamArn}',`;

/** @throws Refused with everything that has to be done before. */
async function requireReady(bench: Bench, request: RestoreRequest): Promise<void> {
  const { recorder, stage } = bench;
  const faults: string[] = [];
  const running = await stillRunning(bench);
  if (!recorder.read().paused || running.length > 0) {
    const what = running.length > 0 ? `; these run: ${running.join(', ')}` : '';
    faults.push(
      `Stage ${stage} is not paused${what}. Run pause first: what is accepted and sent meanwhile, the restored table does not know.`,
    );
  }
  if (!(await keepsItsTable(bench))) {
    faults.push(
      `The stack would delete its table when another takes its place. Set removal of stage ${stage} to "retain" in infra/stages.ts, and deploy it once before.`,
    );
  }
  faults.push(...(await targetFaults(bench, request)));
  if (faults.length > 0) throw new Refused(...faults);
}

/** A table that is there already has to be this one; a restore that was begun needs no moment any more. */
async function targetFaults({ recorder, clients }: Bench, request: RestoreRequest): Promise<string[]> {
  const { source, moment, tableName } = request;
  const existing = await describeTable(clients.dynamo, tableName);
  if (!existing) return momentFaults(clients.dynamo, source.TableName ?? '', moment);
  if (isMadeBy(existing, request) || recorder.read().restored?.tableName === tableName) return [];
  return [
    `There is a table ${tableName}, and it is not ${source.TableName} as of ${moment.toISOString()}; choose another second.`,
  ];
}

/** By the template that is deployed: its word counts when a table leaves the stack, not that of the next one. */
async function keepsItsTable({ clients, stackName }: Bench): Promise<boolean> {
  const { TemplateBody = '{}' } = await clients.cloudFormation.send(new GetTemplateCommand({ StackName: stackName }));
  return Object.values(resourcesIn(TemplateBody))
    .filter(({ Type }) => /^AWS::DynamoDB::(Global)?Table$/.test(Type))
    .every(({ DeletionPolicy = '' }) => DeletionPolicy.startsWith('Retain'));
}

type Resources = Record<string, { Type: string; DeletionPolicy?: string }>;

function resourcesIn(template: string): Resources {
  try {
    return (JSON.parse(template) as { Resources?: Resources }).Resources ?? {};
  } catch {
    // Not as the CDK writes it. Its word is for a clean deployment only: the table is protected from deletion anyway.
    return {};
  }
}
