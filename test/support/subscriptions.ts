import type { FunctionName } from '#shared/names.ts';
import { referredTo } from './alarms.ts';
import { resourcesOf, type Template } from './template.ts';

type Rule = string | { prefix: string } | { 'anything-but': string[] };

/**
 * The functions that a template subscribes to a message of ours, by its filters. A message's attributes are taken from
 * its envelope.
 */
export function subscriptionsOf(template: Template): (body: string) => FunctionName[] {
  const functions = new Map(
    resourcesOf(template, 'AWS::Lambda::EventSourceMapping').map(([, { Properties }]) => [
      referredTo(Properties.EventSourceArn),
      nameOf(template, referredTo(Properties.FunctionName)),
    ]),
  );
  const filtered = resourcesOf(template, 'AWS::SNS::Subscription').flatMap(([, { Properties }]) => {
    const name = functions.get(referredTo(Properties.Endpoint));
    return name && Properties.FilterPolicy ? [{ name, policy: Properties.FilterPolicy as Record<string, Rule[]> }] : [];
  });
  return (body) => {
    const { type, data } = JSON.parse(body) as { type: string; data: { channel?: string } };
    const attributes: Record<string, string | undefined> = { type, channel: data.channel };
    const passes = (policy: Record<string, Rule[]>): boolean =>
      Object.entries(policy).every(([name, rules]) => rules.some((rule) => matches(attributes[name], rule)));
    return filtered.filter(({ policy }) => passes(policy)).map(({ name }) => name);
  };
}

function matches(value: string | undefined, rule: Rule): boolean {
  if (value === undefined) return false;
  if (typeof rule === 'string') return value === rule;
  return 'prefix' in rule ? value.startsWith(rule.prefix) : !rule['anything-but'].includes(value);
}

/** The construct that contains a function has its name. */
function nameOf(template: Template, logicalId: string): FunctionName {
  const path = String(template.Resources[logicalId]?.Metadata?.['aws:cdk:path']);
  return path.split('/').at(-3) as FunctionName;
}
