import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { deadLetterStore } from '#shared/adapters/aws/dynamodb/dead-letters.ts';
import { handledStore } from '#shared/adapters/aws/dynamodb/handled.ts';
import { notificationStore } from '#shared/adapters/aws/dynamodb/notifications.ts';
import { objectionStore } from '#shared/adapters/aws/dynamodb/objections.ts';
import { onceStore } from '#shared/adapters/aws/dynamodb/once.ts';
import { stateStore } from '#shared/adapters/aws/dynamodb/states.ts';
import type { Table } from '#shared/adapters/aws/dynamodb/table.ts';
import type { AttachmentObjects } from '#shared/attachment/ports.ts';
import { attachmentLoader } from '#shared/delivery/attachment-loading.ts';
import { CIRCUIT } from '#shared/delivery/circuit.ts';
import { circuitBreaker } from '#shared/delivery/circuit-breaker.ts';
import { circuitSettingsFrom } from '#shared/delivery/circuit-settings.ts';
import { countedProvider } from '#shared/delivery/counted-provider.ts';
import { handleRequest } from '#shared/delivery/handle-request.ts';
import { pacer } from '#shared/delivery/pacer.ts';
import type { Provider } from '#shared/delivery/provider.ts';
import type { SenderPorts } from '#shared/delivery/sender.ts';
import type { Log } from '#shared/messaging/system.ts';
import { type Channel, ENV, type FunctionName } from '#shared/names.ts';
import type { Renderer } from '#shared/notification/content.ts';
import { rememberedVersions, settingsReader } from '#shared/notification/settings/settings-reader.ts';
import { type ConsumePorts, consume } from '#shared/once/consume.ts';
import type { ExecutorPorts } from '#shared/once/execute.ts';
import { handledCounter } from '#shared/once/handled.ts';
import { cloudWatchCounters } from './counters.ts';
import { readEnvironment } from './environment.ts';
import { executorSettings } from './executor-settings.ts';
import { invocable, jsonLog } from './log.ts';
import { ownQueue } from './own-queue.ts';
import { ownTable } from './own-table.ts';
import { systemClock, systemRandomness, systemTimer } from './system.ts';

/** The budget is long, because recording a provider's answer matters more than speed. */
const BUDGET_MS = 4000;

export type SenderOptions = {
  subscriber: FunctionName;
  channel: Channel;
  render: Renderer;
  /** @param ports with which a provider may read and change state. */
  providerFor: (timeoutMs: number, ports: SenderPlatform) => Provider;
  /** The pauses between the calls of one message, if they are repeated. */
  pausesMs?: readonly number[];
  /** The store of attachments; absent if the channel has no attachments. */
  objects?: Pick<AttachmentObjects, 'read'>;
};

export type SenderPlatform = ExecutorPorts & { table: Table; log: Log; subscriber: string };

/** The handler of a sender. Senders differ only in their channel, their renderer, their provider and attachments. */
export function senderHandler({ subscriber, channel, render, providerFor, objects, pausesMs }: SenderOptions) {
  const settings = readEnvironment({
    mostReceives: [ENV.mostReceives, 'number'],
    leaseSeconds: [ENV.leaseSeconds, 'number'],
    providerTimeoutMs: [ENV.providerTimeoutMs, 'number'],
    unknownDeadlineSeconds: [ENV.unknownDeadlineSeconds, 'number'],
    ratePerSecond: [ENV.senderRatePerSecond, 'number'],
    circuit: [ENV.circuit, 'text'],
  });
  const table = ownTable();
  const system = { clock: systemClock, timer: systemTimer, random: systemRandomness, log: jsonLog() };
  const leaseMs = settings.leaseSeconds * 1000;
  const executor = { ...system, store: onceStore(table), settings: executorSettings(BUDGET_MS) };
  const provider = providerFor(settings.providerTimeoutMs, { ...executor, table, subscriber });
  const ports: SenderPorts = {
    ...executor,
    provider: countedProvider(provider, cloudWatchCounters()),
    notifications: { ...notificationStore(table), ...objectionStore(table) },
    settingsVersion: rememberedVersions(settingsReader({ statesOf: (shape) => stateStore(table, shape) }), systemClock),
    pace: pacer(settings.ratePerSecond, system),
    circuit: circuitBreaker({
      ...system,
      states: stateStore(table, CIRCUIT),
      channel,
      settings: circuitSettingsFrom(settings.circuit, leaseMs),
    }),
    ...(objects && { attachments: attachmentLoader(objects) }),
    sender: {
      subscriber,
      channel,
      render,
      leaseMs,
      providerTimeoutMs: settings.providerTimeoutMs,
      unknownDeadlineMs: settings.unknownDeadlineSeconds * 1000,
      ...(pausesMs && { pausesMs }),
    },
  };
  const deadLetters = deadLetterStore(table);
  // `handlingMs` is not set: a sender watches its remaining time itself and starts no call that it cannot finish.
  const consuming: ConsumePorts = {
    ...system,
    ...{ deadLetters, subscriber, keepsMessage: true, mostReceives: settings.mostReceives },
    returns: ownQueue(),
    handled: handledCounter(subscriber, { ...system, store: handledStore(table) }),
  };
  return invocable(
    system.log,
    (event: SQSEvent, context: Context): Promise<SQSBatchResponse> =>
      consume(event, (body) => handleRequest(body, () => context.getRemainingTimeInMillis(), ports), consuming),
  );
}
