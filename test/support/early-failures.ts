import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ENV } from '#shared/names.ts';

/** What a test changes of a subscriber, so that it gives up messages within seconds. An absent setting stays as it is. */
export type EarlyFailure = {
  subscriber: string;
  /** How often its queue delivers a message. */
  receives?: number;
  /** At this delivery, the function itself gives up a message. Its queue delivers it more often, for what crashes it. */
  givesUpAt?: number;
  /** After a crash, a message is delivered again after this time. It is longer than the function's timeout. */
  visibilitySeconds?: number;
  /** For how long a message is returned to the queue while a dependency is unavailable. The queue itself keeps it longer. */
  returnedForSeconds?: number;
  /** Of the function. */
  timeoutSeconds?: number;
};

type FunctionProperties = { Timeout?: number; Environment?: { Variables: Record<string, unknown> } };
type QueueProperties = { VisibilityTimeout?: number; RedrivePolicy?: { maxReceiveCount: number } };
type Resources = Record<string, { Type: string; Properties: FunctionProperties & QueueProperties }>;

/** Changes the templates of an assembly: what is a constant of the stack, and not a setting of a stage. */
export function changeTemplates(outdir: string, change: (resources: Resources) => void): void {
  for (const file of globSync(join(outdir, '*.template.json'))) {
    const template = JSON.parse(readFileSync(file, 'utf8')) as { Resources: Resources };
    change(template.Resources);
    writeFileSync(file, JSON.stringify(template));
  }
}

/** Gives a variable of all functions that have it another value. @throws if no function has it. */
export function setVariable(resources: Resources, name: string, value: string): void {
  const having = Object.values(resources)
    .map(({ Properties }) => Properties?.Environment?.Variables)
    .filter((variables) => variables?.[name] !== undefined);
  if (having.length === 0) throw new Error(`No function has ${name}.`);
  for (const variables of having) Object.assign(variables ?? {}, { [name]: value });
}

/** @throws if there is no such subscriber. */
export function failEarly(resources: Resources, changes: readonly EarlyFailure[]): void {
  for (const change of changes) {
    const begin = `${change.subscriber.replaceAll('-', '')}subscriberqueue`;
    const [queueId, queue] = Object.entries(resources).find(([id]) => id.startsWith(begin)) ?? [];
    const itsFunction = Object.values(resources).find(({ Properties }) => {
      const ownQueue = Properties?.Environment?.Variables[ENV.ownQueue];
      return queueId !== undefined && JSON.stringify(ownQueue) === JSON.stringify({ Ref: queueId });
    });
    if (!queue || !itsFunction) throw new Error(`There is no subscriber ${change.subscriber}.`);
    changeSubscriber(queue.Properties, itsFunction.Properties, change);
  }
}

function changeSubscriber(
  queue: QueueProperties,
  itsFunction: FunctionProperties,
  { receives, givesUpAt = receives, visibilitySeconds, returnedForSeconds, timeoutSeconds }: EarlyFailure,
): void {
  const variables = itsFunction.Environment?.Variables ?? {};
  if (timeoutSeconds !== undefined) itsFunction.Timeout = timeoutSeconds;
  if (visibilitySeconds !== undefined) queue.VisibilityTimeout = visibilitySeconds;
  if (returnedForSeconds !== undefined) variables[ENV.ownQueueRetentionSeconds] = String(returnedForSeconds);
  if (givesUpAt !== undefined) variables[ENV.mostReceives] = String(givesUpAt);
  if (receives !== undefined && queue.RedrivePolicy) queue.RedrivePolicy.maxReceiveCount = receives;
}
