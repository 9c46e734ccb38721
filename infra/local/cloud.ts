import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EMAIL_EVENTS_ROUTE, ENV } from '#shared/names.ts';
import type { LiveOutputs } from '../outputs.ts';
import { type SynthOptions, synthesize } from '../synth.ts';
import { type Alarms, startAlarms } from './alarms/alarms.ts';
import type { ServiceName } from './aws/services.ts';
import { CannotRun } from './base/failure.ts';
import { type ConsoleServer, startConsole } from './console/console.ts';
import { createDemoFaults } from './console/demo-faults.ts';
import { startControl } from './control/control.ts';
import {
  bindToStage,
  consolePortOf,
  type DataFolder,
  inboxPortOf,
  livePortOf,
  lockDataFolder,
  openDataFolder,
  rememberConsolePort,
  rememberInboxPort,
  rememberLivePort,
  wipeDataFolder,
} from './data-folder.ts';
import { startDynamo } from './engines/dynamo.ts';
import type { RunningDynamo } from './engines/dynamo-engine.ts';
import { startFauxqs } from './engines/fauxqs.ts';
import { createBuckets, createMessaging, createTables, topicPublisher } from './engines/provision.ts';
import { firstCommands, removeHeaders, writeHeaders } from './first-commands.ts';
import { createFaultRules } from './gateway/faults.ts';
import { type Gateway, openGateway } from './gateway/gateway.ts';
import { type ApiServer, startApiServer } from './http/api.ts';
import { ALL_SCOPES, type Issuer, openIssuer } from './http/tokens.ts';
import { type Live, startLive } from './live/live.ts';
import { openMappingApi } from './mappings/mapping-api.ts';
import { type Mappings, startMappings } from './mappings/mappings.ts';
import { type Outputs, queueOutputs, removeOutputs, writeOutputs } from './outputs.ts';
import { type Reaper, startReaper } from './processes/reaper.ts';
import type { Engine } from './processes/supervisor.ts';
import { type Progress, showProgress } from './progress.ts';
import { createRunner, type Runner } from './runner/runner.ts';
import { openSecrets } from './secrets.ts';
import { type Sink, type SinkOptions, startSink } from './sink/sink.ts';
import { createTeardown, type Teardown } from './teardown.ts';
import { type Assembly, loadAssembly } from './template/assembly.ts';
import { checkSupported } from './template/check.ts';
import { ACCOUNT_ID } from './template/physical.ts';
import { type FunctionPlan, type Plan, type PoolPlan, planOf, planTables } from './template/plan.ts';
import { openWebhookKey } from './webhook-key.ts';

export type CloudOptions = {
  /** The stage to run. Default: `local`. */
  stage?: string;
  /** Port of the HTTP API; 0 for any free port. */
  port: number;
  dataDir: string;
  /** Start empty: the data of earlier starts is removed. */
  fresh: boolean;
  /** How long a minute of schedules and alarms takes, in seconds. Default: 60. */
  minuteSeconds?: number;
  environment: NodeJS.ProcessEnv;
  /** Cancels the start. */
  signal: AbortSignal;
  log: (line: string) => void;
  /** Called when a necessary part has failed permanently. The cloud should then be stopped. */
  onFailure: (error: CannotRun) => void;
  /** Makes the template in place of `npm run synth`, for a stack that no stage describes. */
  synthesize?: (options: SynthOptions) => Promise<void>;
};

export type Cloud = {
  outputs: Outputs;
  /** Commands for a shell, with which a person can try it. */
  firstCommands: readonly string[];
  /** Builds the console before a person opens it. */
  prepareConsole: ConsoleServer['prepare'];
  stop(): Promise<void>;
};

const STAGE = 'local';
const MINUTE_SECONDS = 60;
/** Where the local SendGrid posts its events. Stored with the events, because the API's port may change. */
const SENDGRID_DESTINATION = 'sendgrid';
/** How long the cloud waits for current work when it stops. */
const GRACE_MS = 3000;

/**
 * Starts the stack that `cdk deploy` would deploy, on engines on this machine.
 * @throws CannotRun with sentences for a person, after everything that was started has been stopped again.
 */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const teardown = createTeardown(options.log);
  try {
    return { ...(await start(options, teardown)), stop: teardown.run };
  } catch (error) {
    await teardown.run();
    throw error;
  }
}

async function start(options: CloudOptions, teardown: Teardown): Promise<Omit<Cloud, 'stop'>> {
  const { signal } = options;
  const folder = openDataFolder(options.dataDir);
  teardown.add('the lock', lockDataFolder(folder));
  if (options.fresh) wipeDataFolder(folder);
  bindToStage(folder, options.stage ?? STAGE);
  removeOutputs(folder.outputs);
  const log = logTo(folder, options.log);
  const progress = showProgress(log);
  teardown.add('the progress', progress.end);
  const apiServer = await startApiServer(options.port);
  teardown.add('the HTTP API', () => apiServer.close(0));
  const reaper = startReaper();
  teardown.add('the reaper', reaper.close);

  const { assembly, dynamo, messaging } = await startEngines({ ...options, log, progress }, folder, reaper, teardown);
  signal.throwIfAborted();
  const minuteMs = (options.minuteSeconds ?? MINUTE_SECONDS) * 1000;
  const { gateway, sink, runner, alarms, plan, mappingApi, live } = await progress.step(
    'tables, topics and queues',
    startServices({ assembly, dynamo, messaging, folder, reaper, log, teardown, apiUrl: apiServer.url, minuteMs }),
  );
  signal.throwIfAborted();

  const issuer = await progress.step('the first function', openIssuer(folder.issuerKey, poolOf(plan), runner.invoke));
  const mappings = startMappings({
    plan,
    runner,
    endpoints: gateway.endpoints,
    checkpoints: folder.checkpoints,
    minuteMs,
    log,
  });
  mappingApi.serve(mappings.switches);
  teardown.add('the mappings', () => drain(plan, mappings, runner, apiServer));
  if (plan.live) live.serve(plan.live, issuer.publicKey);
  apiServer.serve({ api: plan.api, publicKey: issuer.publicKey, invoke: runner.invoke, log });
  const control = await startControl({
    gateway,
    invocations: runner.invocations,
    alarms: alarms.list,
    sinkControls: sink.controls,
    pause: mappings.pause,
    resume: mappings.resume,
    dropStreamRecords: dynamo.dropStreamRecords,
    mintToken: issuer.mint,
    dropConnections: live.drop,
    functionNames: plan.functions.map(({ name }) => name),
    log,
  });
  teardown.add('the control API', control.close);
  const identities = identitiesOf(issuer);
  const announced = liveOutputs(live, plan);
  const pages = await startConsole({
    apiUrl: apiServer.url,
    inboxUrl: sink.inboxUrl,
    live: announced,
    identities,
    faults: createDemoFaults({ rules: gateway.faults, providers: sink.controls }),
    spawn: reaper.spawn,
    log,
    preferredPort: consolePortOf(folder),
  });
  teardown.add('the console', pages.close);
  rememberConsolePort(folder, pages.consoleUrl);
  sink.showAt(`${pages.consoleUrl}/?page=inbox`);
  signal.throwIfAborted();

  const outputs: Outputs = {
    apiUrl: apiServer.url,
    consoleUrl: pages.consoleUrl,
    inboxUrl: sink.inboxUrl,
    controlUrl: control.controlUrl,
    endpoints: gateway.endpoints,
    tableName: plan.tables[0]?.name ?? '',
    topicArn: plan.topics[0]?.arn ?? '',
    attachmentsBucket: plan.buckets[0]?.name ?? '',
    queues: queueOutputs(plan),
    ...(announced && { live: announced }),
    tokens: {
      acme: await identities.acme(),
      globex: await identities.globex(),
      operator: await identities.operator(),
    },
    logsFolder: folder.logs,
  };
  progress.end();
  teardown.add('outputs.json', () => removeOutputs(folder.outputs));
  teardown.add('the headers', () => removeHeaders(folder.headers));
  writeHeaders(folder.headers, outputs);
  writeOutputs(folder.outputs, outputs);
  return {
    outputs,
    firstCommands: firstCommands(outputs, folder.headers),
    prepareConsole: pages.prepare,
  };
}

/** Absent if the stage has no channels. */
function liveOutputs({ url }: Live, { live, functions }: Plan): LiveOutputs | undefined {
  const claims = functions.map(({ environment }) => environment[ENV.tenantClaim]);
  const tenantClaim = claims.find((claim) => claim !== undefined);
  if (!live || tenantClaim === undefined) return undefined;
  return { url: `${url.replace(/^http/, 'ws')}/event/realtime`, host: new URL(url).host, tenantClaim };
}

/** The demo identities, each with what makes its token. */
const identitiesOf = ({ mint }: Issuer) => ({
  acme: () => mint({ tenant: 'acme' }),
  globex: () => mint({ tenant: 'globex' }),
  operator: () => mint({ tenant: 'operator', scopes: ALL_SCOPES }),
});

function poolOf({ pool }: Plan): PoolPlan {
  if (pool) return pool;
  throw new CannotRun(
    `The local cloud creates the tokens of a user pool; set jwt.kind of its stage in infra/stages.ts to "own-pool".`,
  );
}

/** Writes lines to the terminal and, with their time, to a file. */
function logTo({ logs }: DataFolder, print: (line: string) => void): (line: string) => void {
  mkdirSync(logs, { recursive: true });
  const file = join(logs, 'local-cloud.log');
  return (line) => {
    appendFileSync(file, `${new Date().toISOString()} ${line}\n`);
    print(line);
  };
}

type Engines = { assembly: Assembly; dynamo: RunningDynamo; messaging: Engine };

/** Synthesizes while the engines start: synthesis is the slowest step, and the engines do not depend on it. */
async function startEngines(
  options: CloudOptions & { progress: Progress },
  folder: DataFolder,
  reaper: Reaper,
  teardown: Teardown,
): Promise<Engines> {
  const { environment, log, onFailure, progress } = options;
  const failure = new AbortController();
  const signal = AbortSignal.any([options.signal, failure.signal]);
  const started = async <Started extends Engine>(what: string, starting: Promise<Started>): Promise<Started> => {
    try {
      const engine = await progress.step(what, starting);
      teardown.add(what, engine.stop);
      return engine;
    } catch (error) {
      failure.abort(error);
      throw error;
    }
  };
  const synthesizing = (options.synthesize ?? synthesize)({
    stage: options.stage ?? STAGE,
    outdir: folder.assembly,
    // `npm run synth` and the tests have checked the same template.
    checks: false,
    signal,
    start: reaper.spawn,
  });
  const results = await Promise.allSettled([
    progress.step('the synthesized stack', synthesizing).then(() => loadAssembly(folder.assembly)),
    started(
      'the DynamoDB engine',
      startDynamo({ folder: folder.dynamodb, environment, reaper, signal, log, onFailure }),
    ),
    started('the messaging engine', startFauxqs({ folder: folder.messaging, reaper, log, onFailure })),
  ] as const);
  // All have succeeded or failed, so nothing starts after a failure.
  const [assembly, dynamo, messaging] = results;
  failure.signal.throwIfAborted();
  return { assembly: value(assembly), dynamo: value(dynamo), messaging: value(messaging) };
}

function value<T>(result: PromiseSettledResult<T>): T {
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}

type ServicesOptions = Engines & {
  folder: DataFolder;
  reaper: Reaper;
  log: (line: string) => void;
  teardown: Teardown;
  apiUrl: string;
  minuteMs: number;
};
type MappingApi = Awaited<ReturnType<typeof openMappingApi>>;
type Services = {
  gateway: Gateway;
  sink: Sink;
  runner: Runner;
  alarms: Alarms;
  plan: Plan;
  mappingApi: MappingApi;
  live: Live;
};

/** Creates the resources of the template, and the proxy between them and the functions. */
async function startServices({
  assembly,
  dynamo,
  messaging,
  folder,
  reaper,
  log,
  teardown,
  apiUrl,
  minuteMs,
}: ServicesOptions): Promise<Services> {
  checkSupported(assembly.template);
  const { region } = assembly;
  const opened = await openGateway();
  teardown.add('the gateway', opened.close);
  const tables = planTables(assembly);
  const streamLabels = await createTables(tables, { endpoint: dynamo.url, region });
  const plan = planOf(assembly, { tables, streamLabels, sqsUrl: opened.endpoints.sqs });
  await createMessaging(plan, { endpoint: messaging.url, region });
  await createBuckets(plan.buckets, { endpoint: messaging.url, region });
  const publisher = topicPublisher({ endpoint: messaging.url, region });
  teardown.add('the publisher', publisher.close);
  const secrets = await openSecrets(folder.secrets, plan.secrets);
  const webhook = await openWebhookKey(folder.webhookKey);
  const faults = createFaultRules();
  const sink = await startSink({
    dataDir: folder.sink,
    inboxPort: inboxPortOf(folder),
    secrets,
    ...sendGridOf(plan, secrets),
    configurationSets: plan.configurationSets,
    smsConfigurationSets: plan.smsConfigurationSets,
    publish: (destination, event) =>
      destination === SENDGRID_DESTINATION
        ? webhook.post(`${apiUrl}${EMAIL_EVENTS_ROUTE.path}`, event)
        : publisher.publish(destination, event),
    webhookFaults: { rules: faults, kill: (port) => runner.killOwnerOf(port) },
    region,
    accountId: ACCOUNT_ID,
    log,
  });
  teardown.add('the sink', sink.close);
  rememberInboxPort(folder, sink.inboxUrl);
  const live = await startLive({ preferredPort: livePortOf(folder) });
  teardown.add('the channels', live.close);
  rememberLivePort(folder, live.url);
  const runner = createRunner({
    functions: withinMinutes(plan, minuteMs),
    region,
    endpoints: opened.endpoints,
    outside: {
      [ENV.emailWebhookKeys]: webhook.verificationKey,
      [ENV.hintsUrl]: `${opened.endpoints.appsync}/event`,
    },
    reaper,
    logsFolder: folder.logs,
    onInvoked: (name, failed) => alarms.invoked(name, failed),
  });
  teardown.add('the functions', runner.close);
  const mappingApi = await openMappingApi(log);
  teardown.add('the API of the mappings', mappingApi.close);
  const alarms = await startAlarms({
    plan,
    logsFolder: folder.logs,
    minuteMs,
    invoke: runner.invoke,
    publish: publisher.publish,
    log,
  });
  teardown.add('the alarms', alarms.stop);
  const gateway = opened.serve({
    upstreams: upstreamsOf({ dynamo, messaging, sink, mappingApi, live }),
    smsUpstream: sink.url,
    faults,
    callerOf: runner.callerOf,
    signerOf: runner.signerOf,
    policies: Object.fromEntries(plan.functions.map(({ name, policies }) => [name, policies])),
    region,
    accountId: ACCOUNT_ID,
    log,
  });
  return { gateway, sink, runner, alarms, plan, mappingApi, live };
}

/** In short minutes, a scheduled function also ends earlier, so that it does not run several times at once. */
function withinMinutes({ functions, schedules }: Plan, minuteMs: number): FunctionPlan[] {
  const isScheduled = (name: string): boolean => schedules.some(({ functionName }) => functionName === name);
  const share = minuteMs / 60_000;
  return functions.map((one) => (isScheduled(one.name) ? { ...one, timeoutSeconds: one.timeoutSeconds * share } : one));
}

/** What the sink needs for SendGrid, if a function sends through it. */
function sendGridOf({ functions }: Plan, secrets: Record<string, string>): Pick<SinkOptions, 'sendGrid'> {
  const secretIds = functions.map(({ environment }) => environment[ENV.emailApiKey]);
  const apiKey = secrets[secretIds.find((id) => id !== undefined) ?? ''];
  return apiKey === undefined ? {} : { sendGrid: { apiKey, eventDestination: SENDGRID_DESTINATION } };
}

type Upstreams = Record<'dynamo' | 'messaging' | 'sink' | 'mappingApi' | 'live', { url: string }>;

function upstreamsOf({ dynamo, messaging, sink, mappingApi, live }: Upstreams): Record<ServiceName, string> {
  return {
    dynamodb: dynamo.url,
    dynamodbstreams: dynamo.url,
    sns: messaging.url,
    sqs: messaging.url,
    s3: messaging.url,
    sesv2: sink.url,
    secretsmanager: sink.url,
    lambda: mappingApi.url,
    'pinpoint-sms-voice-v2': sink.url,
    appsync: live.url,
  };
}

/**
 * Waits a limited time for current work. No new work is taken, so that the handling of a request or a message is not
 * interrupted. Scheduled work is not waited for, because it runs again.
 */
async function drain(plan: Plan, mappings: Mappings, runner: Runner, apiServer: ApiServer): Promise<void> {
  const scheduled = plan.schedules.map(({ functionName }) => functionName);
  const others = plan.functions.map(({ name }) => name).filter((name) => !scheduled.includes(name));
  const drained = Promise.all([mappings.stop(), apiServer.close(GRACE_MS), runner.untilIdle(others)]);
  await Promise.race([drained, sleep(GRACE_MS, undefined, { ref: false })]);
}
