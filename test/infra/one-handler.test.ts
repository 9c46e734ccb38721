import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { App, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { domainRoutesIn } from '#infra/domain-routes.ts';
import { CommandFunction } from '#infra/lanes/command-function.ts';
import type { AddLanes } from '#infra/lanes/platform.ts';
import { requireOneHandler } from '#infra/one-handler.ts';
import { FUNCTION, ORDER_PLACED } from '#shared/names.ts';
import { platformTemplate, resourcesOf, templateWith } from '#test/support/template.ts';

/** The stack with one more lane, which uses the bundle of a function that it has. */
const withLane = (lane: AddLanes) => () => templateWith('prod', (settings) => settings, { domains: [lane] });

describe('a command', () => {
  it('without a handler is refused', () => {
    assert.throws(
      () => requireOneHandler(new Stack(new App(), 'empty')),
      (error) => {
        assert.ok(error instanceof Error);
        const lines = error.message.split('\n');
        for (const command of ['POST /orders', 'DELETE /personal-data', 'SendNotification by email'])
          assert.ok(
            lines.includes(`${command} has no handler. Add it to the routes or the filter of a lane.`),
            command,
          );
        return true;
      },
    );
  });

  it('of a business domain without a lane is refused, with the function to add', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'counterfoil-domains-'));
    try {
      for (const domain of ['shop', 'unlisted']) mkdirSync(join(folder, domain));
      const routes = `[{ method: 'POST', path: '/carts' }, { method: 'GET', path: '/carts/{cartId}' }]`;
      writeFileSync(join(folder, 'shop', 'routes.ts'), `export const shopRoutes = () => ${routes};\n`);
      const shop = await domainRoutesIn(folder);
      assert.throws(
        () => requireOneHandler(new Stack(new App(), 'empty'), shop),
        (error) => {
          assert.ok(error instanceof Error);
          const rest =
            'functions/shop/routes.ts declares it. Add a function that serves shopRoutes, like functions/shop/api/handler.ts, ' +
            'and its lane with these routes to functions/shop/lanes.ts, which a line of infra/domains.ts exports.';
          const lines = error.message.split('\n');
          for (const key of ['POST /carts', 'GET /carts/{cartId}'])
            assert.ok(lines.includes(`${key} has no handler. ${rest}`), key);
          return true;
        },
      );
      writeFileSync(join(folder, 'unlisted', 'routes.ts'), 'export const schemas = {};\n');
      await assert.rejects(domainRoutesIn(folder), {
        message: 'functions/unlisted/routes.ts exports no function like unlistedRoutes.',
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('with two handlers is refused', () => {
    class Second extends CommandFunction {
      override readonly integration = 'second';
      override readonly routes = [{ method: 'POST', path: '/orders', scope: 'orders:write' }] as const;
    }
    const second: AddLanes = (scope, platform) =>
      void new Second(new Construct(scope, 'second'), platform, { name: FUNCTION.relayOutbox });
    assert.throws(withLane(second), /POST \/orders has 2 handlers: handle-command, relay-outbox\. A command has one/);
  });
});

describe('an event', () => {
  it('may have any number of subscribers', () => {
    const policies = resourcesOf(platformTemplate('prod'), 'AWS::SNS::Subscription').map(([, { Properties }]) =>
      JSON.stringify(Properties.FilterPolicy ?? {}),
    );
    // The list of orders receives every message about an order.
    const subscribers = policies.filter(
      (policy) => policy.includes(ORDER_PLACED) || policy.includes('"counterfoil.order."'),
    );
    assert.ok(subscribers.length >= 2, policies.join('\n'));
  });
});
