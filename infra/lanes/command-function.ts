import type { Construct } from 'constructs';
import { ENV } from '#shared/names.ts';
import { HttpFunction } from '../constructs/http-api.ts';
import { notifyingVariablesOf } from '../constructs/stage.ts';
import { EXECUTOR_ACTIONS } from '../constructs/table.ts';
import type { Platform } from './platform.ts';

/** A function with commands over HTTP: what `commandPorts` reads from its environment, and what the executor calls. */
export abstract class CommandFunction extends HttpFunction {
  constructor(
    scope: Construct,
    { stage, table, secret }: Platform,
    { name, environment }: { name: string; environment?: Record<string, string> },
  ) {
    const tenantRate = stage.settings.api.tenantRatePerSecond;
    super(scope, {
      stage,
      name,
      environment: {
        ...table.environment,
        ...secret.environment,
        [ENV.tenantClaim]: stage.settings.jwt.tenantClaim,
        ...(tenantRate !== undefined && { [ENV.tenantRatePerSecond]: String(tenantRate) }),
        ...notifyingVariablesOf(stage),
        ...environment,
      },
    });
    this.allow([...EXECUTOR_ACTIONS, 'dynamodb:GetItem'], [table.arn]);
    secret.allowReading(this);
  }
}
