import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { functionNames } from '#infra/functions.ts';
import { settingsOf } from '#infra/stages.ts';
import { FUNCTION } from '#shared/names.ts';
import { readListPrices } from '#test/bench/cost/list-prices.ts';
import { functionsOf, monthlyUsageOf, routeMetricsOf, ticksAMonth } from '#test/bench/cost/template-usage.ts';
import { costsOf } from '#test/bench/cost/usage.ts';
import { SCHEDULED } from '#test/support/measured-orders.ts';
import { synthesizedTemplate } from '#test/support/template.ts';

describe('The template of stage prod', () => {
  it('contains no resource without a price, and no schedule without a measurement', async () => {
    const template = await synthesizedTemplate('prod');
    // With the prices of the stage's region.
    const list = readListPrices(settingsOf('prod').region ?? assert.fail());
    assert.equal(list.region, 'eu-central-1');
    const costs = costsOf([...monthlyUsageOf(template), ...routeMetricsOf(template)], list);
    const prices = costs.map(({ price }) => price);
    for (const price of ['sqs.requests', 'secrets-manager.secrets', 'scheduler.invocations']) {
      assert.ok(prices.includes(price), `${price} is counted: ${prices.join(', ')}`);
    }
    assert.deepEqual(ticksAMonth(template), Object.fromEntries(SCHEDULED.map((name) => [name, 43_800])));
    // The stage sends through SES, which puts its events into the topic itself.
    const others = functionNames().filter((name) => name !== FUNCTION.receiveEmailEvents);
    assert.deepEqual(Object.keys(functionsOf(template)).sort(), others.sort());
  });
});
