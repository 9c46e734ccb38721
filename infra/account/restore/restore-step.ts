import { GetTemplateCommand } from '@aws-sdk/client-cloudformation';
import { Refused } from '../refused.ts';
import type { RestoreContext } from './context.ts';
import { stillRunning } from './pause.ts';
import {
  describeTable,
  equipTable,
  existingTable,
  isMadeBy,
  protectTable,
  type RestoreRequest,
  restoredTableName,
  restoreTable,
  restoreTimeFaults,
  type TableContext,
  wholeSecond,
} from './tables.ts';

/** A date and time with seconds and an offset, so that the meaning does not depend on the operator's time zone. */
const TIMESTAMP_WITH_OFFSET = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** @throws Refused unless the text is a timestamp in the past. */
export function restoreTimeFrom(text: string | undefined): Date {
  const time = new Date(text ?? '');
  if (text === undefined || !TIMESTAMP_WITH_OFFSET.test(text) || !isDayOfTheCalendar(text))
    throw new Refused('restore needs the time to restore to, with seconds and an offset: --to 2026-01-31T09:30:00Z.');
  if (time.getTime() > Date.now()) throw new Refused(`--to ${text} is in the future.`);
  return wholeSecond(time);
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
export async function restoreStep(context: RestoreContext, time: Date): Promise<void> {
  const { recorder, command, outputs, clients, stackName, stage } = context;
  const tables: TableContext = { dynamo: clients.dynamo, print: command.print, pollMs: command.pollMs };
  const { restored: earlier, hold, ...record } = recorder.read();
  // A stage that has already adopted a restored table is restored from the table that it had before.
  const fromTable = earlier?.fromTable ?? outputs.tableName;
  const tableName = restoredTableName(stackName, time);
  const source = await existingTable(clients.dynamo, fromTable);
  const request: RestoreRequest = { source, time, tableName };
  await requireReady(context, request);
  await protectTable(source, tables);
  const isSame = earlier?.tableName === tableName;
  const restored = { fromTable, moment: time.toISOString(), tableName };
  recorder.write({ ...record, restored, ...(isSame && hold && { hold }) });
  if (earlier && !isSame) command.print(`${earlier.tableName} is kept, too. Delete it when it is no longer needed.`);
  await restoreTable(request, tables);
  const { LatestStreamArn } = await equipTable(tableName, source, tables);
  const { print } = command;
  print(`${tableName} is ready, and nothing uses it yet. Next: npm run restore -- --stage ${stage} hold`);
  print(`Then put this into the settings of stage ${stage} in infra/stages.ts, and deploy:`);
  print(adoptionOf(LatestStreamArn));
}

/** The line for the settings of a stage that uses the table. */
export const adoptionOf = (streamArn: string | undefined): string => `    adoptedTable: '${streamArn}',`;

/** @throws Refused with every missing precondition. */
async function requireReady(context: RestoreContext, request: RestoreRequest): Promise<void> {
  const { recorder, stage } = context;
  const faults: string[] = [];
  const running = await stillRunning(context);
  if (!recorder.read().paused || running.length > 0) {
    const what = running.length > 0 ? `; these run: ${running.join(', ')}` : '';
    faults.push(
      `Stage ${stage} is not paused${what}. Run pause first: the restored table does not contain what is accepted and sent in the meantime.`,
    );
  }
  if (!(await keepsItsTable(context))) {
    faults.push(
      `The stack would delete its table when another table replaces it. Set removal of stage ${stage} to "retain" in infra/stages.ts, and deploy it first.`,
    );
  }
  faults.push(...(await targetFaults(context, request)));
  if (faults.length > 0) throw new Refused(...faults);
}

/**
 * An existing table must be the result of this request. A restore that has started needs no check of the time any more.
 */
async function targetFaults({ recorder, clients }: RestoreContext, request: RestoreRequest): Promise<string[]> {
  const { source, time, tableName } = request;
  const existing = await describeTable(clients.dynamo, tableName);
  if (!existing) return restoreTimeFaults(clients.dynamo, source.TableName ?? '', time);
  if (isMadeBy(existing, request) || recorder.read().restored?.tableName === tableName) return [];
  return [
    `Table ${tableName} already exists, and it is not ${source.TableName} as of ${time.toISOString()}. Choose another second.`,
  ];
}

/**
 * Whether the stack retains its table. The deployed template decides this when a table leaves the stack, not the next
 * one.
 */
async function keepsItsTable({ clients, stackName }: RestoreContext): Promise<boolean> {
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
