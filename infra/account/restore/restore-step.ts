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

/** A date and time with seconds and an offset, so that the meaning does not depend on the operator's time zone. */
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** @throws Refused unless the text is a timestamp in the past. */
export function momentFrom(text: string | undefined): Date {
  const moment = new Date(text ?? '');
  if (text === undefined || !MOMENT.test(text) || !isDayOfTheCalendar(text))
    throw new Refused(
      'restore takes the moment to go back to: --to 2026-01-31T09:30:00Z, to the second, with its zone.',
    );
  if (moment.getTime() > Date.now()) throw new Refused(`--to ${text} has not been yet.`);
  return wholeSecond(moment);
}

/** `Date` reads 30 February as 2 March, which would restore another state. */
function isDayOfTheCalendar(text: string): boolean {
  const day = new Date(text.slice(0, 10));
  return (
    !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text.slice(0, 10)) && !Number.isNaN(Date.parse(text))
  );
}

/**
 * Creates a table with the stage's rows at a point in time, ready to replace the table in use. Nothing uses it yet. Run
 * again, the command continues where it stopped.
 */
export async function restoreStep(bench: Bench, moment: Date): Promise<void> {
  const { recorder, surroundings, outputs, clients, stackName, stage } = bench;
  const workshop: Workshop = { dynamo: clients.dynamo, print: surroundings.print, pollMs: surroundings.pollMs };
  const { restored: earlier, hold, ...record } = recorder.read();
  // A stage that has already adopted a restored table is restored from the table that it had before.
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

/** The line for the settings of a stage that uses the table. */
export const adoptionOf = (streamArn: string | undefined): string => `    adoptedTable: '${streamArn}',`;

/** @throws Refused with every missing precondition. */
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

/**
 * An existing table must be the result of this request. A restore that has started needs no check of the time any more.
 */
async function targetFaults({ recorder, clients }: Bench, request: RestoreRequest): Promise<string[]> {
  const { source, moment, tableName } = request;
  const existing = await describeTable(clients.dynamo, tableName);
  if (!existing) return momentFaults(clients.dynamo, source.TableName ?? '', moment);
  if (isMadeBy(existing, request) || recorder.read().restored?.tableName === tableName) return [];
  return [
    `There is a table ${tableName}, and it is not ${source.TableName} as of ${moment.toISOString()}; choose another second.`,
  ];
}

/**
 * Whether the stack retains its table. The deployed template decides this when a table leaves the stack, not the next
 * one.
 */
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
    // The template is not JSON, so the CDK did not write it. This check only makes the deployment go smoothly: the
    // table is protected from deletion anyway.
    return {};
  }
}
