import type { Construct } from 'constructs';
import { queryRoutes } from '#shared/api/routes.ts';
import { ENV, FUNCTION } from '#shared/names.ts';
import { HttpFunction } from '../constructs/http-api.ts';
import type { Platform } from './platform.ts';

/** Answers queries over HTTP. */
export class Queries extends HttpFunction {
  override readonly integration = 'queries';
  override readonly routes = queryRoutes();

  constructor(scope: Construct, { stage, table, secret }: Platform) {
    super(scope, {
      stage,
      name: FUNCTION.serveQuery,
      environment: {
        ...table.environment,
        ...secret.environment,
        [ENV.tenantClaim]: stage.settings.jwt.tenantClaim,
        [ENV.sender]: stage.settings.email.sender,
      },
    });
    this.allow(['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'], [table.arn]);
    this.allow(['dynamodb:Query'], table.indexArns);
    secret.allowReading(this);
  }
}
