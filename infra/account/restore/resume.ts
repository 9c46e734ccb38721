import { setTimeout as pause } from 'node:timers/promises';
import { GetQueueAttributesCommand, type QueueAttributeName } from '@aws-sdk/client-sqs';
import { FUNCTION } from '#shared/names.ts';
import { Refused } from '../refused.ts';
import { type Bench, bring, moversOf } from './bench.ts';
import { unheldIn } from './hold-table.ts';
import type { Mover, MoverName } from './movers.ts';
import { hasEnded } from './progress.ts';
import type { RestoreRecord } from './record.ts';
import { existingTable } from './tables.ts';

export type ResumeOptions = {
  /** Starts all triggers of the stack, without a record of which ones ran. */
  everything: boolean;
  /** Continues with the stage's old table. The restore is given up. */
  oldTable: boolean;
  /** Continues although some rows could not be read and therefore not be held. */
  despiteUnreadable: boolean;
};

/**
 * Triggers that are started together. Feedback starts first, so that its evidence is recorded before anything is sent.
 */
const ROUNDS: ((mover: Mover) => boolean)[] = [
  ({ functionName }) => functionName === FUNCTION.recordFeedback || functionName === FUNCTION.recordSmsFeedback,
  ({ functionName }) => functionName === FUNCTION.relayOutbox || functionName === FUNCTION.wakeDue,
  ({ name }) => !name.endsWith('(commands)'),
  () => true,
];

/**
 * Starts the triggers that `pause` stopped. Feedback starts first, and the command waits until all waiting events are
 * recorded. Then follow the functions that publish, the functions that send, and the commands.
 * @throws Refused if a message would be sent that should not be.
 */
export async function resumeStage(bench: Bench, options: ResumeOptions): Promise<void> {
  const { recorder, surroundings } = bench;
  const record = recorder.read();
  const wanted = await wantedOf(bench, record, options);
  await requireHeld(bench, record, options);
  for (const [round, belongs] of ROUNDS.entries()) {
    await bring(
      'running',
      bench,
      (mover) => belongs(mover) && wanted.includes(mover.name),
      (mover) => mover.start(record.paused?.reserved[mover.functionName]),
    );
    if (round === 0 && wanted.some((name) => name.startsWith(`${FUNCTION.recordFeedback} `))) await feedbackRead(bench);
  }
  const left = (await moversOf(bench)).filter(({ state }) => state === 'stopped').map(({ name }) => name);
  if (left.length > 0) surroundings.print(`Stopped before the pause, and still: ${left.join(', ')}.`);
  surroundings.print(`Stage ${bench.stage} runs. ${recorder.close()} keeps what was done.`);
}

async function wantedOf(bench: Bench, { paused }: RestoreRecord, { everything }: ResumeOptions): Promise<MoverName[]> {
  if (everything) return (await moversOf(bench)).map(({ name }) => name);
  if (paused) return paused.running;
  throw new Refused(
    `${bench.recorder.file} does not say what ran before a pause. Put it back, or start all that the stack has: resume --everything.`,
  );
}

/** @throws Refused unless the stage uses the restored table, and all unfinished notifications in it are held. */
async function requireHeld(bench: Bench, { restored, hold }: RestoreRecord, options: ResumeOptions): Promise<void> {
  const { outputs, stage } = bench;
  const expected = options.oldTable ? undefined : restored?.tableName;
  if (expected !== undefined && outputs.tableName !== expected) {
    throw new Refused(
      `Stage ${stage} still uses ${outputs.tableName}. Deploy it with adoptedTable (status says how), or give the restore up: resume --old-table.`,
    );
  }
  if (expected !== undefined && !(hold && hasEnded(hold))) {
    throw new Refused(`Not everything in ${expected} is held: run hold, until it has come to its end.`);
  }
  await requireNoneUnheld(bench, options, expected !== undefined);
}

/** Reads the table that is in use, because the record may be lost or belong to another table. */
async function requireNoneUnheld(
  { outputs, clients }: Bench,
  { despiteUnreadable }: ResumeOptions,
  isRestored: boolean,
): Promise<void> {
  const { tableName } = outputs;
  const { RestoreSummary, CreationDateTime } = await existingTable(clients.dynamo, tableName);
  if (!CreationDateTime || !(RestoreSummary || isRestored)) return;
  const restoredAt = CreationDateTime.toISOString();
  const { notifications, unreadable } = await unheldIn({ client: clients.dynamo, tableName, restoredAt });
  if (notifications > 0) {
    throw new Refused(
      `${notifications} notifications in ${tableName} are older than the restore and would be sent: run hold.`,
    );
  }
  if (unreadable > 0 && !despiteUnreadable) {
    throw new Refused(
      `${unreadable} notifications in ${tableName} cannot be read, and so not be held. The release that wrote them can hold them; ` +
        'deployed later, it may send them. To accept that: resume --despite-unreadable.',
    );
  }
}

const COUNTS: QueueAttributeName[] = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
];

/** Longest time for reading a queue to its end. */
const MOST_MS = 15 * 60_000;

/**
 * Waits until all events that arrived during the pause are recorded, including the time that SQS's counts may lag
 * behind.
 */
async function feedbackRead({ outputs, clients, surroundings, settings }: Bench): Promise<void> {
  const QueueUrl = outputs.queues[FUNCTION.recordFeedback]?.url;
  if (QueueUrl === undefined)
    throw new Refused(`The stage does not say where the queue of ${FUNCTION.recordFeedback} is.`);
  const deadline = Date.now() + MOST_MS;
  let emptySince: number | undefined;
  for (let told = -1; ; ) {
    const { Attributes = {} } = await clients.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: COUNTS }),
    );
    const depth = COUNTS.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
    if (depth !== told) surroundings.print(`${depth} events of the provider are left to read.`);
    told = depth;
    emptySince = depth > 0 ? undefined : (emptySince ?? Date.now());
    if (emptySince !== undefined && Date.now() >= emptySince + settings.email.feedCountLagSeconds * 1000) return;
    if (Date.now() > deadline) {
      throw new Refused(
        `${depth} events are still unread after ${MOST_MS / 60_000} minutes; see the log of ${FUNCTION.recordFeedback}, and run resume again.`,
      );
    }
    await pause(surroundings.pollMs);
  }
}
