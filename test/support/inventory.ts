import { type Resource, resourcesOf, type Template } from './template.ts';

type Statement = {
  Effect: string;
  Principal?: unknown;
  Action: string | string[];
  Resource?: unknown;
  NotResource?: unknown;
  Condition?: unknown;
};

/** One thing that a deployment must not silently lose, as one readable line. */
export type Entry = { line: string /** The template without it. */; without(): Template };

/**
 * Everything in a template whose loss nothing else would report before a customer does: who may do what,
 * where undeliverable messages go, how long logs and data are kept.
 */
export function inventoryOf(template: Template): Entry[] {
  const names = namesOf(template);
  return [
    ...statementEntries(template, names),
    ...trustEntries(template, names),
    ...managedPolicyEntries(template, names),
    ...deadLetterEntries(template, names),
    ...retentionEntries(template, names),
    ...protectionEntries(template, names),
  ];
}

type Names = { of(logicalId: string): string; readable(value: unknown): string };

function namesOf(template: Template): Names {
  const of = (logicalId: string): string => {
    const path = String(template.Resources[logicalId]?.Metadata?.['aws:cdk:path'] ?? logicalId);
    return path.replace(/^[^/]+\//, '').replace(/\/(Resource|Default)$/, '');
  };
  const intrinsics: Record<string, (argument: unknown) => unknown> = {
    Ref: (id) => `<${of(String(id))}>`,
    'Fn::GetAtt': (argument) => {
      const [id, attribute] = argument as [string, string];
      return `<${of(id)}${attribute === 'Arn' ? '' : `.${attribute}`}>`;
    },
    'Fn::Join': (argument) => {
      const [separator, parts] = argument as [string, unknown];
      return list(plain(parts)).join(separator);
    },
  };
  const plain = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value !== 'object' || value === null) return value;
    const [[name, argument] = ['', undefined], ...others] = Object.entries(value);
    const intrinsic = others.length === 0 ? intrinsics[name] : undefined;
    if (intrinsic) return intrinsic(argument);
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
  };
  return {
    of,
    readable: (value) => {
      const text = plain(value);
      return typeof text === 'string' ? text : JSON.stringify(text);
    },
  };
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);

/** A copy of the template in which one resource is changed; `undefined` removes it. */
function changed(template: Template, logicalId: string, change: (copy: Resource) => Resource | undefined): Template {
  const copy = structuredClone(template);
  const resource = change(copy.Resources[logicalId] as Resource);
  if (resource === undefined) delete copy.Resources[logicalId];
  return copy;
}

const POLICY_TYPES = [
  'AWS::IAM::Policy',
  'AWS::SQS::QueuePolicy',
  'AWS::SNS::TopicPolicy',
  'AWS::S3::BucketPolicy',
  'AWS::KMS::Key',
];
const policyProperty = (type: string): string => (type === 'AWS::KMS::Key' ? 'KeyPolicy' : 'PolicyDocument');

/** A line for each action on each resource of each statement, so that a widened one shows, too. */
function statementEntries(template: Template, names: Names): Entry[] {
  return POLICY_TYPES.flatMap((type) =>
    resourcesOf(template, type).flatMap(([logicalId, { Properties }]) => {
      const property = policyProperty(type);
      const { Statement: statements } = Properties[property] as { Statement: Statement[] };
      const owner = Properties.Roles ? names.readable((Properties.Roles as unknown[])[0]) : names.of(logicalId);
      return statements.map((statement, index) => ({
        line: `${owner}: ${statementLine(statement, names)}`,
        without: () =>
          changed(template, logicalId, (copy) => {
            (copy.Properties[property] as { Statement: Statement[] }).Statement.splice(index, 1);
            return copy;
          }),
      }));
    }),
  );
}

function statementLine(statement: Statement, names: Names): string {
  const { Effect, Principal, Action, Resource: resource, NotResource, Condition } = statement;
  const parts = [
    Effect,
    ...(Principal === undefined ? [] : [names.readable(Principal)]),
    list(Action).join(', '),
    NotResource === undefined ? 'on' : 'on everything but',
    list(NotResource ?? resource)
      .map((one) => names.readable(one))
      .join(', '),
    ...(Condition === undefined ? [] : [`if ${names.readable(Condition)}`]),
  ];
  return parts.join(' ');
}

/** Who may take each role, and on whose behalf: a line for each statement of its trust policy. */
function trustEntries(template: Template, names: Names): Entry[] {
  return resourcesOf(template, 'AWS::IAM::Role').flatMap(([logicalId, { Properties }]) => {
    const { Statement: statements } = Properties.AssumeRolePolicyDocument as { Statement: Statement[] };
    return statements.map(({ Effect, Principal, Action, Condition }, index) => ({
      line: [
        `<${names.of(logicalId)}>: trust: ${Effect} ${names.readable(Principal)} ${list(Action).join(', ')}`,
        ...(Condition === undefined ? [] : [`if ${names.readable(Condition)}`]),
      ].join(' '),
      without: () =>
        changed(template, logicalId, (copy) => {
          (copy.Properties.AssumeRolePolicyDocument as { Statement: Statement[] }).Statement.splice(index, 1);
          return copy;
        }),
    }));
  });
}

/** Policies of AWS that a role has. */
function managedPolicyEntries(template: Template, names: Names): Entry[] {
  return resourcesOf(template, 'AWS::IAM::Role').flatMap(([logicalId, { Properties }]) =>
    ((Properties.ManagedPolicyArns ?? []) as unknown[]).map((arn, index) => ({
      line: `<${names.of(logicalId)}>: managed policy ${names.readable(arn)}`,
      without: () =>
        changed(template, logicalId, (copy) => {
          (copy.Properties.ManagedPolicyArns as unknown[]).splice(index, 1);
          return copy;
        }),
    })),
  );
}

/** Where a queue and a subscription leave what cannot be delivered. */
function deadLetterEntries(template: Template, names: Names): Entry[] {
  return ['AWS::SQS::Queue', 'AWS::SNS::Subscription'].flatMap((type) =>
    resourcesOf(template, type)
      .filter(([, { Properties }]) => Properties.RedrivePolicy !== undefined)
      .map(([logicalId, { Properties }]) => ({
        line: `${names.of(logicalId)}: undeliverable goes to ${names.readable(Properties.RedrivePolicy)}`,
        without: () =>
          changed(template, logicalId, (copy) => {
            delete copy.Properties.RedrivePolicy;
            return copy;
          }),
      })),
  );
}

function retentionEntries(template: Template, names: Names): Entry[] {
  return resourcesOf(template, 'AWS::Logs::LogGroup').map(([logicalId, { Properties }]) => ({
    line: `${names.of(logicalId)}: logs are kept for ${Properties.RetentionInDays} days`,
    without: () =>
      changed(template, logicalId, (copy) => {
        delete copy.Properties.RetentionInDays;
        return copy;
      }),
  }));
}

/** Data that the deletion of the stack must leave behind, by resource type. */
const KEPT = ['AWS::DynamoDB::GlobalTable', 'AWS::SecretsManager::Secret', 'AWS::KMS::Key', 'AWS::Cognito::UserPool'];

function protectionEntries(template: Template, names: Names): Entry[] {
  return KEPT.flatMap((type) =>
    resourcesOf(template, type).map(([logicalId, { DeletionPolicy, Properties }]) => {
      const [replica] = (Properties.Replicas ?? []) as { DeletionProtectionEnabled?: boolean }[];
      const guarded = replica?.DeletionProtectionEnabled ?? Properties.DeletionProtection;
      return {
        line: `${names.of(logicalId)}: ${DeletionPolicy} when deleted${guarded === undefined ? '' : `, protection ${guarded}`}`,
        without: () =>
          changed(template, logicalId, (copy) => {
            delete copy.DeletionPolicy;
            return copy;
          }),
      };
    }),
  );
}
