import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PolicyStatement } from '#infra/local/aws/policy.ts';
import type { ServiceName } from '#infra/local/aws/services.ts';
import { startDynamo } from '#infra/local/engines/dynamo.ts';
import { startFauxqs } from '#infra/local/engines/fauxqs.ts';
import { type Caller, type GatewayOptions, openGateway } from '#infra/local/gateway/gateway.ts';
import { startReaper } from '#infra/local/processes/reaper.ts';
import { type SinkOptions, startSink } from '#infra/local/sink/sink.ts';

export const REGION = 'eu-central-1';
export const ACCOUNT = '000000000000';

/** What an SDK client of ours needs to reach an address under an access key; it tries once only. */
export const clientSettings = (endpoint: string, accessKeyId = 'operator') => ({
  endpoint,
  region: REGION,
  credentials: { accessKeyId, secretAccessKey: 'secret' },
  maxAttempts: 1,
});

/** A folder of its own for a test, removed at its end. */
export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'counterfoil-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Both engines and the sink behind one gateway. */
export async function startGatewayWithEngines(sinkOptions: Partial<SinkOptions> = {}) {
  const folder = temporaryFolder();
  const reaper = startReaper();
  const log = () => undefined;
  const onFailure = (error: Error) => assert.fail(error);
  const [dynamo, messaging, sink] = await Promise.all([
    startDynamo({ folder: join(folder.path, 'dynamodb'), environment: process.env, reaper, log, onFailure }),
    startFauxqs({ folder: join(folder.path, 'messaging'), reaper, log, onFailure }),
    startSink({ dataDir: join(folder.path, 'sink'), secrets: {}, region: REGION, accountId: ACCOUNT, ...sinkOptions }),
  ]);
  const upstreams: Record<ServiceName, string> = {
    dynamodb: dynamo.url,
    dynamodbstreams: dynamo.url,
    sns: messaging.url,
    sqs: messaging.url,
    s3: messaging.url,
    sesv2: sink.url,
    secretsmanager: sink.url,
    lambda: sink.url,
    'pinpoint-sms-voice-v2': sink.url,
    appsync: sink.url,
  };
  const { gateway, ...functions } = await startGatewayFor({ upstreams, smsUpstream: sink.url });
  return {
    gateway,
    sink,
    upstreams,
    ...functions,
    async close() {
      await gateway.close();
      await Promise.all([sink.close(), dynamo.stop(), messaging.stop()]);
      await reaper.close();
      folder.remove();
    },
  };
}

/** A gateway, and functions that can be given to it while it runs. */
export async function startGatewayFor(options: Pick<GatewayOptions, 'upstreams' | 'smsUpstream'>) {
  const callers = new Map<string, Caller>();
  const lines: string[] = [];
  const gateway = (await openGateway()).serve({
    ...options,
    callerOf: (accessKeyId) => callers.get(accessKeyId),
    region: REGION,
    accountId: ACCOUNT,
    log: (line) => lines.push(line),
  });
  let keys = 0;
  /** A function with these statements; returns its access key. */
  const addFunction = (functionName: string, policies: PolicyStatement[], more: Partial<Caller> = {}): string => {
    keys += 1;
    const accessKeyId = `KEY${keys}`;
    callers.set(accessKeyId, { functionName, accessKeyId, policies, kill: () => assert.fail('killed'), ...more });
    return accessKeyId;
  };
  return { gateway, lines, addFunction };
}

/** What a promise was rejected with. */
export async function rejection(
  promise: Promise<unknown>,
): Promise<Error & { code?: string; $metadata?: { httpStatusCode?: number } }> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  return assert.fail('was not rejected');
}
