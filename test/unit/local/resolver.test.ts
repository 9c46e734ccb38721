// biome-ignore-all lint/suspicious/noTemplateCurlyInString: CloudFormation's placeholders look like JavaScript's.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Json } from '#infra/local/base/json.ts';
import { createResolver } from '#infra/local/template/resolver.ts';

const resolve = createResolver({
  resources: { table: { ref: 'stage-table', attributes: { Arn: 'arn:table', 'Nested.Name': 'inner' } } },
  parameters: { 'AWS::AccountId': '000000000000', Clients: ['one', 'two'] },
});

describe('CloudFormation functions', () => {
  const cases: [what: string, value: Json, expected: Json][] = [
    ['Ref to a resource', { Ref: 'table' }, 'stage-table'],
    ['Ref to a pseudo-parameter', { Ref: 'AWS::AccountId' }, '000000000000'],
    ['GetAtt as a list', { 'Fn::GetAtt': ['table', 'Arn'] }, 'arn:table'],
    ['GetAtt as a text, with a nested name', { 'Fn::GetAtt': 'table.Nested.Name' }, 'inner'],
    ['Join of functions', { 'Fn::Join': ['/', ['a', { Ref: 'table' }, 1]] }, 'a/stage-table/1'],
    ['Join of a parameter that is a list', { 'Fn::Join': [',', { Ref: 'Clients' }] }, 'one,two'],
    ['Split of a function', { 'Fn::Split': ['-', { Ref: 'table' }] }, ['stage', 'table']],
    ['Sub', { 'Fn::Sub': '${table}:${table.Arn}:${AWS::AccountId}' }, 'stage-table:arn:table:000000000000'],
    [
      'Sub with its own values',
      { 'Fn::Sub': ['${mine}-${table}', { mine: { Ref: 'table' } }] },
      'stage-table-stage-table',
    ],
    ['Sub with a literal', { 'Fn::Sub': '${!table}' }, '${table}'],
    [
      'functions inside lists and objects',
      { a: [{ b: { Ref: 'table' } }, null, true] },
      { a: [{ b: 'stage-table' }, null, true] },
    ],
    ['an object that only looks like one', { Ref: 'table', other: 1 }, { Ref: 'table', other: 1 }],
  ];
  for (const [what, value, expected] of cases) {
    it(`resolves ${what}`, () => assert.deepEqual(resolve(value), expected));
  }

  it('names what it cannot resolve', () => {
    assert.throws(() => resolve({ Ref: 'nobody' }), /refers to nobody/);
    assert.throws(() => resolve({ 'Fn::GetAtt': ['table', 'StreamArn'] }), /reads table\.StreamArn/);
    assert.throws(() => resolve({ 'Fn::Select': [0, []] }), /uses Fn::Select/);
  });
});
