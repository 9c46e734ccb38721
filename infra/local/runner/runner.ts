import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { ENV } from '#shared/names.ts';
import { SERVICE_NAMES, type ServiceName } from '../aws/services.ts';
import type { Caller } from '../gateway/gateway.ts';
import { mailSendUrl } from '../gateway/mail-send.ts';
import type { Reaper } from '../processes/reaper.ts';
import type { FunctionPlan } from '../template/plan.ts';
import { type Environment, startEnvironment } from './environment.ts';
import { countInvocations } from './invocations.ts';
import { createPool, type Pool } from './pool.ts';

type Credentials = { accessKeyId: string; secretAccessKey: string; sessionToken: string };

export type RunnerOptions = {
  functions: FunctionPlan[];
  region: string;
  /** The address of each service for the functions' SDK. */
  endpoints: Record<ServiceName, string>;
  /** Values for variables about the world outside AWS, which replace those of the template. */
  outside?: Record<string, string>;
  reaper: Reaper;
  /** Folder of the log files, one for each function. */
  logsFolder: string;
  /** Called after each invocation. @param failed whether it ended without a result. */
  onInvoked?: (name: string, failed: boolean) => void;
  /** @see PoolOptions */
  maximumEnvironments?: number;
  idleMs?: number;
};

/** Runs the functions of the stack, and identifies the caller of a call. */
export type Runner = ReturnType<typeof createRunner>;

/** The SDK's variable for each service behind the gateway. */
const ENDPOINT_VARIABLES: Record<ServiceName, string> = {
  dynamodb: 'AWS_ENDPOINT_URL_DYNAMODB',
  dynamodbstreams: 'AWS_ENDPOINT_URL_DYNAMODB_STREAMS',
  sns: 'AWS_ENDPOINT_URL_SNS',
  sqs: 'AWS_ENDPOINT_URL_SQS',
  s3: 'AWS_ENDPOINT_URL_S3',
  sesv2: 'AWS_ENDPOINT_URL_SESV2',
  secretsmanager: 'AWS_ENDPOINT_URL_SECRETS_MANAGER',
  lambda: 'AWS_ENDPOINT_URL_LAMBDA',
  'pinpoint-sms-voice-v2': 'AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2',
  appsync: 'AWS_ENDPOINT_URL_APPSYNC',
};

/** With more processes than the machine can run at once, each start takes longer. */
const MAXIMUM_ENVIRONMENTS = Math.min(32, Math.max(8, 4 * availableParallelism()));
const IDLE_MS = 60_000;

export function createRunner(options: RunnerOptions) {
  const { functions, logsFolder, maximumEnvironments = MAXIMUM_ENVIRONMENTS, idleMs = IDLE_MS } = options;
  mkdirSync(logsFolder, { recursive: true });
  const callers = new Map<string, Caller>();
  const environments = new Set<Environment>();
  const signers = new Map<string, { caller: Caller; keys: Credentials }>();
  const invocations = countInvocations();
  const logFiles: number[] = [];

  const startFor = (plan: FunctionPlan, logFile: number): Environment => {
    const credentials = newCredentials();
    const environment = startEnvironment({
      reaper: options.reaper,
      variables: variablesOf(plan, credentials, options),
      logFile,
      timeoutMs: plan.timeoutSeconds * 1000,
      onUsed: (cpuMs) => invocations.addCpu(plan.name, cpuMs),
    });
    const { accessKeyId } = credentials;
    const caller: Caller = { functionName: plan.name, accessKeyId, policies: plan.policies, kill: environment.kill };
    callers.set(accessKeyId, caller);
    signers.set(accessKeyId, { caller, keys: credentials });
    environments.add(environment);
    void environment.gone.then(() => {
      callers.delete(accessKeyId);
      environments.delete(environment);
    });
    const invoke = (event: unknown) => invocations.measure(plan.name, event, () => environment.invoke(event));
    return { ...environment, invoke };
  };

  const pools = new Map<string, Pool>(
    functions.map((plan) => {
      const logFile = openSync(join(logsFolder, `${plan.name}.log`), 'a');
      logFiles.push(logFile);
      return [plan.name, createPool({ start: () => startFor(plan, logFile), maximum: maximumEnvironments, idleMs })];
    }),
  );
  const poolOf = (name: string): Pool => {
    const pool = pools.get(name);
    if (!pool) throw new Error(`There is no function ${name}.`);
    return pool;
  };

  return {
    /** @throws InvocationFailed */
    async invoke(name: string, event: unknown): Promise<unknown> {
      let failed = true;
      try {
        const result = await poolOf(name).invoke(event);
        failed = false;
        return result;
      } finally {
        options.onInvoked?.(name, failed);
      }
    },
    invocations,
    /** The owner of an access key: an environment of a function, or the function's mapping. */
    callerOf: (accessKeyId: string): Caller | undefined => callers.get(accessKeyId),
    /** The present or former owner of an access key, with its secrets. A signed request outlives the environment. */
    signerOf: (accessKeyId: string): { caller: Caller; keys: Credentials } | undefined => signers.get(accessKeyId),
    /** Kills the environment that has the connection with this local port, if there is one. */
    killOwnerOf: (port: number): void => {
      for (const environment of environments) if (environment.owns(port)) environment.kill();
    },
    /**
     * Credentials for a mapping that polls. They have the function's role, but the calls do not count as the function's.
     */
    pollingCredentials(name: string): Credentials {
      const plan = functions.find((candidate) => candidate.name === name);
      if (!plan) throw new Error(`There is no function ${name}.`);
      const credentials = newCredentials();
      const { accessKeyId } = credentials;
      callers.set(accessKeyId, {
        functionName: name,
        accessKeyId,
        policies: plan.policies,
        kill: () => undefined,
        polling: true,
      });
      return credentials;
    },
    /** Settles when these functions have no invocation. */
    untilIdle: async (names: string[]): Promise<void> =>
      void (await Promise.all(names.map((name) => poolOf(name).untilIdle()))),
    async close(): Promise<void> {
      await Promise.all([...pools.values()].map((pool) => pool.close()));
      for (const file of logFiles) closeSync(file);
    },
  };
}

function newCredentials(): Credentials {
  return {
    // Temporary credentials begin with ASIA and have 20 characters.
    accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(20).toString('hex'),
    sessionToken: randomBytes(20).toString('hex'),
  };
}

/** The variables of the template and those that Lambda adds. No other variables of this machine. */
function variablesOf(
  plan: FunctionPlan,
  credentials: Credentials,
  { region, endpoints, outside = {} }: RunnerOptions,
): Record<string, string> {
  return {
    ...plan.environment,
    ...Object.fromEntries(
      Object.entries({ ...outside, [ENV.emailApiUrl]: mailSendUrl(endpoints.sesv2, credentials.accessKeyId) }).filter(
        ([name]) => plan.environment[name] !== undefined,
      ),
    ),
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: plan.physicalName,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(plan.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_FORMAT: 'JSON',
    AWS_LAMBDA_LOG_GROUP_NAME: `/local/${plan.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: credentials.accessKeyId,
    _HANDLER: plan.handler,
    LAMBDA_TASK_ROOT: plan.taskRoot,
    // Without this, the SDK would read ~/.aws of the person who runs this. At AWS there is no such folder.
    HOME: plan.taskRoot,
    LANG: 'en_US.UTF-8',
    PATH: '/usr/local/bin:/usr/bin:/bin',
    TZ: ':UTC',
    ...Object.fromEntries(SERVICE_NAMES.map((service) => [ENDPOINT_VARIABLES[service], endpoints[service]])),
  };
}
