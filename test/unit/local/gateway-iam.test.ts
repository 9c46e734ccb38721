import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PolicyStatement } from '#infra/local/aws/policy.ts';
import { createAuthoriser } from '#infra/local/gateway/authorise.ts';
import { decide } from '#infra/local/gateway/iam.ts';

const table = 'arn:aws:dynamodb:eu-central-1:000000000000:table/orders';
const allow = (statement: Omit<PolicyStatement, 'Effect'>): PolicyStatement => ({ Effect: 'Allow', ...statement });
const deny = (statement: Omit<PolicyStatement, 'Effect'>): PolicyStatement => ({ Effect: 'Deny', ...statement });

const allowed = (policies: PolicyStatement[], action: string, resource: string) =>
  decide(policies, { action, resource }).allowed;
const reason = (policies: PolicyStatement[], action: string, resource: string) => {
  const decision = decide(policies, { action, resource });
  return decision.allowed ? 'allowed' : decision.reason;
};

describe('IAM policies', () => {
  it('allow nothing by themselves', () => {
    assert.equal(reason([], 'sns:Publish', 'x'), 'because no identity-based policy allows the sns:Publish action');
  });

  it('match actions without regard to case, resources with it', () => {
    const policies = [allow({ Action: ['sns:x', 'DynamoDB:putitem'], Resource: [table] })];
    assert.ok(allowed(policies, 'dynamodb:PutItem', table));
    assert.ok(!allowed(policies, 'dynamodb:PutItem', table.toUpperCase()));
    assert.ok(!allowed(policies, 'dynamodb:PutItems', table));
    assert.ok(!allowed(policies, 'dynamodb:PutItem', `${table}/index/due`));
  });

  it('take * for any run of characters, ? for one, and everything else literally', () => {
    assert.ok(
      allowed([allow({ Action: 'dynamodb:*Item', Resource: `${table}/*` })], 'dynamodb:GetItem', `${table}/index/due`),
    );
    assert.ok(allowed([allow({ Action: '*', Resource: '*' })], 'sns:Publish', '+4312345678'));
    assert.ok(
      allowed(
        [allow({ Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/a?c' })],
        's3:GetObject',
        'arn:aws:s3:::b/abc',
      ),
    );
    assert.ok(
      !allowed(
        [allow({ Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/a?c' })],
        's3:GetObject',
        'arn:aws:s3:::b/ac',
      ),
    );
    assert.ok(
      !allowed([allow({ Action: 's3:GetObject', Resource: 'arn:aws:s3:::a.b+' })], 's3:GetObject', 'arn:aws:s3:::axbb'),
    );
  });

  it('allow text messages and no topic by NotResource', () => {
    const policies = [allow({ Action: 'sns:Publish', NotResource: 'arn:*:sns:*:*:*' })];
    assert.ok(allowed(policies, 'sns:Publish', '+4366012345678'));
    assert.ok(!allowed(policies, 'sns:Publish', 'arn:aws:sns:eu-central-1:000000000000:topic'));
  });

  it('exclude by NotAction', () => {
    const policies = [allow({ NotAction: ['dynamodb:Delete*'], Resource: '*' })];
    assert.ok(allowed(policies, 'dynamodb:PutItem', table));
    assert.ok(!allowed(policies, 'dynamodb:DeleteItem', table));
  });

  it('let an explicit deny win, wherever it is', () => {
    const policies = [
      allow({ Action: 'dynamodb:*', Resource: '*' }),
      deny({ Action: 'dynamodb:PutItem', Resource: table }),
    ];
    assert.equal(reason(policies, 'dynamodb:PutItem', table), 'with an explicit deny in an identity-based policy');
    assert.ok(allowed(policies, 'dynamodb:GetItem', table));
    assert.ok(!allowed([deny({ NotAction: 'dynamodb:GetItem', Resource: '*' }), ...policies], 'dynamodb:Query', table));
  });

  it('never take for a yes what is not understood', () => {
    const Condition = { StringEquals: { 'dynamodb:LeadingKeys': 'acme' } };
    const conditional = allow({ Action: 'dynamodb:GetItem', Resource: table, Condition });
    assert.match(reason([conditional], 'dynamodb:GetItem', table), /Condition \(StringEquals\).*does not emulate/);
    assert.ok(
      allowed([conditional, allow({ Action: 'dynamodb:GetItem', Resource: table })], 'dynamodb:GetItem', table),
    );
    const variable = allow({ Action: 's3:GetObject', Resource: `arn:aws:s3:::b/\${aws:username}/*` });
    assert.match(reason([variable], 's3:GetObject', 'arn:aws:s3:::b/x/y'), /policy variable/);
    const denied = [
      allow({ Action: '*', Resource: '*' }),
      deny({ Action: 'dynamodb:GetItem', Resource: '*', Condition }),
    ];
    assert.match(reason(denied, 'dynamodb:GetItem', table), /a deny with a Condition/);
    assert.ok(
      !allowed([allow({ Action: 'sns:Publish' })], 'sns:Publish', 'x'),
      'a statement without resources matches none',
    );
  });
});

describe('What is granted and never used', () => {
  const policies: PolicyStatement[] = [
    allow({ Action: ['dynamodb:GetItem', 'dynamodb:PutItem'], Resource: table }),
    allow({ Action: 'sns:Publish', NotResource: 'arn:*:sns:*:*:*' }),
    allow({ Action: 'logs:PutLogEvents', Resource: '*' }),
    allow({ Action: 'dynamodb:GetItem', Resource: '*' }),
  ];
  const caller = { functionName: 'serve-query', accessKeyId: 'key', policies, kill: () => assert.fail('kill') };

  it('is reported per statement and action, for services that the gateway sees', () => {
    const authoriser = createAuthoriser('000000000000', {
      'serve-query': policies,
      silent: [policies[1] as PolicyStatement],
    });
    assert.equal(authoriser.refusal(caller, [{ action: 'dynamodb:GetItem', resource: table }]), undefined);
    assert.match(
      authoriser.refusal(caller, [{ action: 'sns:Publish', resource: 'arn:aws:sns:eu-central-1:000000000000:t' }]) ??
        '',
      /assumed-role\/serve-query\/serve-query is not authorized to perform: sns:Publish on resource: arn:aws:sns:.*:t because/,
    );
    assert.deepEqual(authoriser.unused(), [
      { function: 'serve-query', statement: 0, action: 'dynamodb:PutItem', resources: [table] },
      { function: 'serve-query', statement: 1, action: 'sns:Publish', resources: ['not arn:*:sns:*:*:*'] },
      // The first statement allows it already: this one is not needed.
      { function: 'serve-query', statement: 3, action: 'dynamodb:GetItem', resources: ['*'] },
      { function: 'silent', statement: 0, action: 'sns:Publish', resources: ['not arn:*:sns:*:*:*'] },
    ]);
  });
});
