import { setTimeout as pause } from 'node:timers/promises';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SQSClient } from '@aws-sdk/client-sqs';
import { type StageOutputs, stackNameOf } from '../../outputs.ts';
import { clientConfigOf, openAccount, placeOf } from '../clients.ts';
import type { ChosenStage, Surroundings } from '../command.ts';
import { remembering } from '../failed-calls.ts';
import { Refused } from '../refused.ts';
import { deployedStage, stackResources } from '../stack.ts';
import { findMovers, type Mover } from './movers.ts';
import { openRecord, type Recorder } from './record.ts';

/** A deployed stage that is restored, with everything that this takes. */
export type Bench = ChosenStage & {
  stackName: string;
  /** Outputs of the current deployment. */
  outputs: StageOutputs;
  clients: ReturnType<typeof openClients>;
  recorder: Recorder;
  surroundings: Surroundings;
};

function openClients({ settings }: ChosenStage, { client }: Surroundings) {
  const config = clientConfigOf(settings.region, client);
  return {
    ...openAccount(config),
    scheduler: remembering(new SchedulerClient(config)),
    sqs: remembering(new SQSClient(config)),
  };
}

/** @throws Refused for a stage that is not deployed. */
export async function openBench(chosen: ChosenStage, surroundings: Surroundings): Promise<Bench> {
  const clients = openClients(chosen, surroundings);
  const stackName = stackNameOf(chosen.stage);
  const { region } = await placeOf(clients, chosen);
  const { outputs } = await deployedStage(clients.cloudFormation, stackName, region);
  const recorder = openRecord(surroundings.folder, chosen.stage, region);
  return { ...chosen, stackName, outputs, clients, recorder, surroundings };
}

/**
 * Finds everything that triggers functions of the stage. A deployment may have replaced a trigger since the last call.
 */
export async function moversOf({ clients, stackName }: Bench): Promise<Mover[]> {
  return findMovers(await stackResources(clients.cloudFormation, stackName), clients);
}

/** Longest time that AWS may take to start or stop a trigger. */
const MOST_MS = 10 * 60_000;

type Goal = Exclude<Mover['state'], 'changing'>;

/**
 * Starts or stops every trigger that is not in the wanted state, and waits until all of them are.
 * @throws Refused if AWS takes too long. Run again, the command continues.
 */
export async function bring(
  goal: Goal,
  bench: Bench,
  isMeant: (mover: Mover) => boolean,
  change: (mover: Mover) => Promise<void>,
): Promise<void> {
  const deadline = Date.now() + MOST_MS;
  const told = new Set<string>();
  for (let late = await lateOf(goal, bench, isMeant); late.length > 0; late = await lateOf(goal, bench, isMeant)) {
    if (Date.now() > deadline) {
      throw new Refused(`Not ${goal} yet: ${late.map(({ name }) => name).join(', ')}. Run this again.`);
    }
    for (const mover of late.filter(({ state }) => state !== 'changing')) {
      if (!told.has(mover.name)) bench.surroundings.print(`${DOING[goal]} ${mover.name}`);
      told.add(mover.name);
      await change(mover);
    }
    await pause(bench.surroundings.pollMs);
  }
}

const DOING = { running: 'Starting', stopped: 'Stopping' } satisfies Record<Goal, string>;

async function lateOf(goal: Goal, bench: Bench, isMeant: (mover: Mover) => boolean): Promise<Mover[]> {
  return (await moversOf(bench)).filter((mover) => isMeant(mover) && mover.state !== goal);
}
