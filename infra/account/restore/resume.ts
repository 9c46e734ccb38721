import { setTimeout as pause } from 'node:timers/promises';
import { GetQueueAttributesCommand, type QueueAttributeName } from '@aws-sdk/client-sqs';
import { EMAIL_FEEDBACK_SUBSCRIBER, FUNCTION } from '#shared/names.ts';
import { Refused } from '../refused.ts';
import { bringTriggersTo, type RestoreContext, triggersOf } from './context.ts';
import { unheldIn } from './hold-table.ts';
import { hasEnded } from './progress.ts';
import type { RestoreRecord } from './record.ts';
import { existingTable } from './tables.ts';
import type { Trigger, TriggerName } from './triggers.ts';

export type ResumeOptions = {
  /** Starts all triggers of the stack, without a record of the triggers that ran. */
  everything: boolean;
  /** Continues with the stage's old table. The restore is given up. */
  oldTable: boolean;
  /** Continues although some rows could not be read and therefore not be held. */
  despiteUnreadable: boolean;
};

/**
 * Triggers that are started together. Feedback starts first, so that its evidence is recorded before anything is sent.
 */
const ROUNDS: ((trigger: Trigger) => boolean)[] = [
  ({ functionName }) => functionName === FUNCTION.recordEmailFeedback || functionName === FUNCTION.recordSmsFeedback,
  ({ functionName }) => functionName === FUNCTION.relayOutbox || functionName === FUNCTION.wakeDue,
  ({ name }) => !name.endsWith('(commands)'),
  () => true,
];

/**
 * Starts the triggers that `pause` stopped. Feedback starts first, and the command waits until all waiting events are
 * recorded. Then follow the functions that publish, the functions that send, and the commands.
 * @throws Refused if a message would be sent that should not be.
 */
export async function resumeStage(context: RestoreContext, options: ResumeOptions): Promise<void> {
  const { recorder, command } = context;
  const record = recorder.read();
  const wanted = await triggersToStart(context, record, options);
  await requireHeld(context, record, options);
  for (const [round, belongs] of ROUNDS.entries()) {
    await bringTriggersTo(
      'running',
      context,
      (trigger) => belongs(trigger) && wanted.includes(trigger.name),
      (trigger) => trigger.start(record.paused?.reserved[trigger.functionName]),
    );
    if (round === 0 && wanted.some((name) => name.startsWith(`${FUNCTION.recordEmailFeedback} `)))
      await waitForFeedback(context);
  }
  const left = (await triggersOf(context)).filter(({ state }) => state === 'stopped').map(({ name }) => name);
  if (left.length > 0) command.print(`Stopped before the pause, and still stopped: ${left.join(', ')}.`);
  command.print(`Stage ${context.stage} runs. ${recorder.close()} contains the record of this restore.`);
}

async function triggersToStart(
  context: RestoreContext,
  { paused }: RestoreRecord,
  { everything }: ResumeOptions,
): Promise<TriggerName[]> {
  if (everything) return (await triggersOf(context)).map(({ name }) => name);
  if (paused) return paused.running.map(currentName);
  throw new Refused(
    `${context.recorder.file} does not record what ran before a pause. Put the file back, or start all triggers of the stack: resume --everything.`,
  );
}

/** A record of an earlier release, which was deployed at the pause, has the former name of the feedback function. */
const currentName = (name: TriggerName): TriggerName =>
  name === `${EMAIL_FEEDBACK_SUBSCRIBER} (mapping)` ? `${FUNCTION.recordEmailFeedback} (mapping)` : name;

/** @throws Refused unless the stage uses the restored table, and all unfinished notifications in it are held. */
async function requireHeld(
  context: RestoreContext,
  { restored, hold }: RestoreRecord,
  options: ResumeOptions,
): Promise<void> {
  const { outputs, stage } = context;
  const expected = options.oldTable ? undefined : restored?.tableName;
  if (expected !== undefined && outputs.tableName !== expected) {
    throw new Refused(
      `Stage ${stage} still uses ${outputs.tableName}. Deploy it with adoptedTable (status shows how), or abandon the restore: resume --old-table.`,
    );
  }
  if (expected !== undefined && !(hold && hasEnded(hold))) {
    throw new Refused(`Not everything in ${expected} is held: run hold until it has finished.`);
  }
  await requireNoneUnheld(context, options, expected !== undefined);
}

/** Reads the table that is in use, because the record may be lost or belong to another table. */
async function requireNoneUnheld(
  { outputs, clients, settings }: RestoreContext,
  { despiteUnreadable }: ResumeOptions,
  isRestored: boolean,
): Promise<void> {
  const { tableName } = outputs;
  const { RestoreSummary, CreationDateTime } = await existingTable(clients.dynamo, tableName);
  if (!CreationDateTime || !(RestoreSummary || isRestored)) return;
  const restoredAt = CreationDateTime.toISOString();
  const { notifications, unreadable } = await unheldIn({
    client: clients.dynamo,
    tableName,
    dueShards: settings.dueShards,
    restoredAt,
  });
  if (notifications > 0) {
    throw new Refused(
      `${notifications} notifications in ${tableName} are older than the restore and would be sent: run hold.`,
    );
  }
  if (unreadable > 0 && !despiteUnreadable) {
    throw new Refused(
      `${unreadable} notifications in ${tableName} cannot be read and therefore not be held. The release that wrote them can hold them. ` +
        'If it is deployed later, it may send them. To accept that: resume --despite-unreadable.',
    );
  }
}

const COUNTS: QueueAttributeName[] = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
];

/** Longest time for reading a queue to its end. */
const MAX_WAIT_MS = 15 * 60_000;

/**
 * Waits until all events that arrived during the pause are recorded, including the time that SQS's counts may lag
 * behind.
 */
async function waitForFeedback({ outputs, clients, command, settings }: RestoreContext): Promise<void> {
  const QueueUrl = outputs.queues[FUNCTION.recordEmailFeedback]?.url;
  if (QueueUrl === undefined)
    throw new Refused(`The outputs of the stage do not contain the queue of ${FUNCTION.recordEmailFeedback}.`);
  const deadline = Date.now() + MAX_WAIT_MS;
  let emptySince: number | undefined;
  for (let printed = -1; ; ) {
    const { Attributes = {} } = await clients.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: COUNTS }),
    );
    const depth = COUNTS.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
    if (depth !== printed) command.print(`${depth} events of the provider are not recorded yet.`);
    printed = depth;
    emptySince = depth > 0 ? undefined : (emptySince ?? Date.now());
    if (emptySince !== undefined && Date.now() >= emptySince + settings.email.feedCountLagSeconds * 1000) return;
    if (Date.now() > deadline) {
      throw new Refused(
        `${depth} events are still not recorded after ${MAX_WAIT_MS / 60_000} minutes; see the log of ${FUNCTION.recordEmailFeedback}, and run resume again.`,
      );
    }
    await pause(command.pollMs);
  }
}
