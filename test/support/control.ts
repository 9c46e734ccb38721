import assert from 'node:assert/strict';
import type { Outputs } from './deployment.ts';
import { eventually } from './eventually.ts';

export type FaultRule = {
  function?: string;
  service: string;
  operation: string;
  fault: string;
  probability?: number;
  skip?: number;
  times?: number;
  delayMs?: number;
};
type TokenRequest = { tenant: string; scopes?: string[]; subject?: string; expiresInSeconds?: number };
export type CallCount = {
  function: string;
  service: string;
  operation: string;
  count: number;
  requestBytes: number;
  readUnits: number;
  writeUnits: number;
};

export type InvocationCount = {
  function: string;
  running: number;
  count: number;
  failed: number;
  records: number;
  durationMs: number;
  /** Processor time of the functions, in milliseconds. */
  cpuMs: number;
};

export type AlarmStates = {
  alarms: { name: string; value: string; reason: string; at: string }[];
  notEvaluated: { name: string; because: string }[];
  performed: { at: string; alarm: string; state: string; action: string; failed?: string }[];
};

/** The local cloud's control API, as any script may use it. */
export function controlOf({ controlUrl }: Outputs) {
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${controlUrl}${path}`, {
      method,
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
  const pause = (name: string) => call('POST', '/pause', { function: name });
  const invocations = async () =>
    ((await call('GET', '/invocations')) as { invocations: InvocationCount[] }).invocations;
  return {
    inject: (...rules: FaultRule[]) => call('PUT', '/faults', rules),
    /** The same with draws that the seed decides. */
    injectSeeded: (seed: number, ...rules: FaultRule[]) => call('PUT', `/faults?seed=${seed}`, rules),
    faults: async () => (await call('GET', '/faults')) as (FaultRule & { hits: number })[],
    heal: () => call('DELETE', '/faults'),
    pause,
    /** Pauses a function and waits until none of its invocations runs, because a pause ends none. */
    stop: async (name: string): Promise<void> => {
      await pause(name);
      await eventually(`${name} has stopped`, async () =>
        (await invocations()).filter((one) => one.function === name).every(({ running }) => running === 0),
      );
    },
    resume: (name: string) => call('POST', '/resume', { function: name }),
    dropStreamRecords: async () => ((await call('DELETE', '/stream-records')) as { dropped: number }).dropped,
    calls: async () => ((await call('GET', '/calls')) as { calls: CallCount[] }).calls,
    /** Closes the connections of all pages to the channels of changes. */
    dropConnections: () => call('DELETE', '/connections'),
    resetCalls: () => call('DELETE', '/calls'),
    invocations,
    resetInvocations: () => call('DELETE', '/invocations'),
    alarms: async () => (await call('GET', '/alarms')) as AlarmStates,
    sink: (settings: unknown) => call('PUT', '/sink', settings),
    /** A token as a sign-in gives it. A negative time gives one that has expired. */
    token: async (request: TokenRequest) => ((await call('POST', '/tokens', request)) as { token: string }).token,
    unusedGrants: async () => ((await call('GET', '/unused-grants')) as { unusedGrants: unknown[] }).unusedGrants,
  };
}
