import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { alarmsIn, referredTo } from '#test/support/alarms.ts';
import { resourcesOf, type Template, templateWith } from '#test/support/template.ts';

const as = (stage: string): Template => templateWith(stage, (settings) => settings);

describe('the dashboard', () => {
  /** The dashboard's body, with resources by their logical ids. */
  function bodyOf(template: Template): { widgets: { type: string; properties: Record<string, unknown> }[] } {
    const [[, { Properties }] = assert.fail()] = resourcesOf(template, 'AWS::CloudWatch::Dashboard');
    const [, parts] = (Properties.DashboardBody as { 'Fn::Join': [string, unknown[]] })['Fn::Join'];
    return JSON.parse(parts.map((part) => (typeof part === 'string' ? part : referredTo(part))).join(''));
  }

  it('follows a message from the API to the dead letters, and describes the normal values of each step', () => {
    const { widgets } = bodyOf(as('prod'));
    const headings = widgets
      .filter(({ type }) => type === 'text')
      .map(({ properties }) => String(properties.markdown).split('\n'));
    assert.deepEqual(
      headings.map(([heading]) => heading),
      [
        '## 1. The API accepts it',
        '## 2. It is committed',
        '## 3. It is relayed',
        '## 4. It waits in a queue',
        '## 5. It is sent',
        '## 6. Its provider reports the outcome',
        '## 7. Due rows are woken',
        '## 8. Dead letters',
        '## 9. The functions',
      ],
    );
    for (const [heading, good] of headings) assert.ok((good ?? '').length > 40, heading);
  });

  it('shows the state of every alarm, and every metric that an alarm reads', () => {
    const template = as('prod');
    const text = JSON.stringify(bodyOf(template));
    for (const { id, logicalId, metrics } of alarmsIn(template).values()) {
      assert.ok(text.includes(`"${logicalId}"`), id);
      if (id === 'alarm-mails-undelivered' || id.startsWith('mail-events-') || id.startsWith('text-events-')) continue;
      for (const { namespace, name } of metrics) assert.ok(text.includes(`"${namespace}","${name}"`), `${id}: ${name}`);
    }
    assert.match(text, /^[\x20-\x7e]+$/);
  });
});
