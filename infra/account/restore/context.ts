import { setTimeout as pause } from 'node:timers/promises';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SQSClient } from '@aws-sdk/client-sqs';
import { type StageOutputs, stackNameOf } from '../../outputs.ts';
import { clientConfigOf, openAccount, placeOf } from '../clients.ts';
import type { ChosenStage, CommandContext } from '../command.ts';
import { recordingCalls } from '../failed-calls.ts';
import { Refused } from '../refused.ts';
import { deployedStage, stackResources } from '../stack.ts';
import { openRecord, type Recorder } from './record.ts';
import { findTriggers, type Trigger } from './triggers.ts';

/** What the steps of a restore need. */
export type RestoreContext = ChosenStage & {
  stackName: string;
  /** Outputs of the current deployment. */
  outputs: StageOutputs;
  clients: ReturnType<typeof openClients>;
  recorder: Recorder;
  command: CommandContext;
};

function openClients({ settings }: ChosenStage, { client }: CommandContext) {
  const config = clientConfigOf(settings.region, client);
  return {
    ...openAccount(config),
    scheduler: recordingCalls(new SchedulerClient(config)),
    sqs: recordingCalls(new SQSClient(config)),
  };
}

/** @throws Refused for a stage that is not deployed. */
export async function openRestoreContext(chosen: ChosenStage, command: CommandContext): Promise<RestoreContext> {
  const clients = openClients(chosen, command);
  const stackName = stackNameOf(chosen.stage);
  const { region } = await placeOf(clients, chosen);
  const { outputs } = await deployedStage(clients.cloudFormation, stackName, region);
  const recorder = openRecord(command.folder, chosen.stage, region);
  return { ...chosen, stackName, outputs, clients, recorder, command };
}

/**
 * Finds everything that triggers functions of the stage. A deployment may have replaced a trigger since the last call.
 */
export async function triggersOf({ clients, stackName }: RestoreContext): Promise<Trigger[]> {
  return findTriggers(await stackResources(clients.cloudFormation, stackName), clients);
}

/** Longest time that AWS may take to start or stop a trigger. */
const MAX_WAIT_MS = 10 * 60_000;

type Goal = Exclude<Trigger['state'], 'changing'>;

/**
 * Starts or stops every trigger that is not in the wanted state, and waits until all of them are.
 * @throws Refused if AWS takes too long. Run again, the command continues.
 */
export async function bringTriggersTo(
  goal: Goal,
  context: RestoreContext,
  isSelected: (trigger: Trigger) => boolean,
  change: (trigger: Trigger) => Promise<void>,
): Promise<void> {
  const deadline = Date.now() + MAX_WAIT_MS;
  const printed = new Set<string>();
  for (
    let pending = await pendingTriggers(goal, context, isSelected);
    pending.length > 0;
    pending = await pendingTriggers(goal, context, isSelected)
  ) {
    if (Date.now() > deadline) {
      throw new Refused(`Not ${goal} yet: ${pending.map(({ name }) => name).join(', ')}. Run this again.`);
    }
    for (const trigger of pending.filter(({ state }) => state !== 'changing')) {
      if (!printed.has(trigger.name)) context.command.print(`${DOING[goal]} ${trigger.name}`);
      printed.add(trigger.name);
      await change(trigger);
    }
    await pause(context.command.pollMs);
  }
}

const DOING = { running: 'Starting', stopped: 'Stopping' } satisfies Record<Goal, string>;

async function pendingTriggers(
  goal: Goal,
  context: RestoreContext,
  isSelected: (trigger: Trigger) => boolean,
): Promise<Trigger[]> {
  return (await triggersOf(context)).filter((trigger) => isSelected(trigger) && trigger.state !== goal);
}
