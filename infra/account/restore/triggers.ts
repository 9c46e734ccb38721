import {
  DeleteFunctionConcurrencyCommand,
  GetEventSourceMappingCommand,
  GetFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  type LambdaClient,
  PutFunctionConcurrencyCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import {
  GetScheduleCommand,
  type SchedulerClient,
  type ScheduleState,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { ENV } from '#shared/names.ts';
import { unlessNamed } from '../refused.ts';
import type { StackResource } from '../stack.ts';

/**
 * Variables that only functions with commands over HTTP have together, those of business domains included. They write for
 * a caller. At a reserved concurrency of zero, API Gateway answers with an error instead.
 */
const COMMAND_VARIABLES = [ENV.tenantClaim, ENV.outboxGraceSeconds];

/** A function's folder name, and the kind of its trigger. */
export type TriggerName = `${string} (${'mapping' | 'schedule' | 'commands'})`;

/**
 * A trigger of one of the stage's functions. It can be stopped. API Gateway cannot be stopped, so the trigger of
 * commands is stopped by a reserved concurrency of zero.
 */
export type Trigger = {
  name: TriggerName;
  functionName: string;
  /** `changing`: AWS is starting or stopping it. */
  state: 'running' | 'stopped' | 'changing';
  /** Reserved concurrency of a function that takes commands. null: none is reserved. */
  reserved?: number | null;
  stop(): Promise<void>;
  /** @param reserved the reserved concurrency before the stop. */
  start(reserved?: number | null): Promise<void>;
};

export type TriggerClients = { lambda: LambdaClient; scheduler: SchedulerClient };

/** Finds all triggers of the stack's functions, with their current state. */
export async function findTriggers(resources: StackResource[], clients: TriggerClients): Promise<Trigger[]> {
  const idsOf = (type: string): string[] =>
    resources.filter((resource) => resource.type === type).map(({ physicalId }) => physicalId);
  const environments = await environmentsOf(idsOf('AWS::Lambda::Function'), clients.lambda);
  const functionNames = new Map(environments.map(([id, { POWERTOOLS_SERVICE_NAME: name = id }]) => [id, name]));
  const commands = environments.filter(([, variables]) => COMMAND_VARIABLES.every((one) => one in variables));
  const triggers = await Promise.all([
    ...idsOf('AWS::Lambda::EventSourceMapping').map((id) => mapping(id, functionNames, clients.lambda)),
    ...idsOf('AWS::Scheduler::Schedule').map((id) => schedule(id, functionNames, clients.scheduler)),
    ...commands.map(([id]) => commandFunction(id, functionNames.get(id) ?? id, clients.lambda)),
  ]);
  return triggers.sort((one, other) => one.name.localeCompare(other.name));
}

/** The functions' variables, by the names that CloudFormation generated. */
const environmentsOf = (ids: string[], lambda: LambdaClient): Promise<[string, Record<string, string>][]> =>
  Promise.all(
    ids.map(async (FunctionName): Promise<[string, Record<string, string>]> => {
      const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
      return [FunctionName, Environment?.Variables ?? {}];
    }),
  );

const lastOf = (arn: string | undefined): string => arn?.split(':').at(-1) ?? '';

const STATES: Record<string, Trigger['state']> = { Enabled: 'running', Disabled: 'stopped' };

async function mapping(UUID: string, functionNames: Map<string, string>, lambda: LambdaClient): Promise<Trigger> {
  const { FunctionArn, State = '' } = await lambda.send(new GetEventSourceMappingCommand({ UUID }));
  const id = lastOf(FunctionArn);
  const functionName = functionNames.get(id) ?? id;
  const update = async (Enabled: boolean): Promise<void> => {
    // The error means that the previous change is still in progress. The caller polls the state and calls this again.
    await unlessNamed(lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled })), 'ResourceInUseException');
  };
  return {
    name: `${functionName} (mapping)`,
    functionName,
    state: STATES[State] ?? 'changing',
    stop: () => update(false),
    start: () => update(true),
  };
}

async function schedule(
  Name: string,
  functionNames: Map<string, string>,
  scheduler: SchedulerClient,
): Promise<Trigger> {
  const { State, Target } = await scheduler.send(new GetScheduleCommand({ Name }));
  const id = lastOf(Target?.Arn);
  const functionName = functionNames.get(id) ?? id;
  const update = async (state: ScheduleState): Promise<void> => {
    // An update replaces the whole schedule, so it repeats all other fields.
    const {
      $metadata: _,
      Arn: __,
      CreationDate: ___,
      LastModificationDate: ____,
      ...current
    } = await scheduler.send(new GetScheduleCommand({ Name }));
    const { FlexibleTimeWindow, ScheduleExpression, Target: target } = current;
    await scheduler.send(
      new UpdateScheduleCommand({
        ...current,
        Name,
        FlexibleTimeWindow,
        ScheduleExpression,
        Target: target,
        State: state,
      }),
    );
  };
  return {
    name: `${functionName} (schedule)`,
    functionName,
    state: State === 'DISABLED' ? 'stopped' : 'running',
    stop: () => update('DISABLED'),
    start: () => update('ENABLED'),
  };
}

async function commandFunction(FunctionName: string, functionName: string, lambda: LambdaClient): Promise<Trigger> {
  const { ReservedConcurrentExecutions: reserved } = await lambda.send(
    new GetFunctionConcurrencyCommand({ FunctionName }),
  );
  const put = (ReservedConcurrentExecutions: number) =>
    lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }));
  return {
    name: `${functionName} (commands)`,
    functionName,
    state: reserved === 0 ? 'stopped' : 'running',
    reserved: reserved ?? null,
    stop: async () => void (await put(0)),
    start: async (before) => {
      if (typeof before === 'number') await put(before);
      else await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
    },
  };
}
