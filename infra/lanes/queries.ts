import { HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Construct } from 'constructs';
import { ENV, FUNCTION, SCOPE } from '#shared/names.ts';
import { HttpFunction, PUBLIC, type Route } from '../constructs/http-api.ts';
import type { Platform } from './platform.ts';

/** Answers queries over HTTP. */
export class Queries extends HttpFunction {
  override readonly integration = 'queries';
  override readonly routes: Route[] = [
    [HttpMethod.GET, '/orders/{orderId}', SCOPE.ordersRead],
    [HttpMethod.GET, '/notifications', SCOPE.messagesRead],
    [HttpMethod.GET, '/notifications/statistics', SCOPE.messagesRead],
    [HttpMethod.GET, '/notifications/{notificationId}', SCOPE.messagesRead],
    [HttpMethod.GET, '/suppressions', SCOPE.messagesRead],
    [HttpMethod.GET, '/erasures/{erasureId}', SCOPE.messagesRead],
    [HttpMethod.GET, '/dead-letters', SCOPE.operations],
    [HttpMethod.GET, '/openapi.json', PUBLIC],
  ];

  constructor(scope: Construct, { stage, table, secret }: Platform) {
    super(scope, {
      stage,
      name: FUNCTION.serveQuery,
      timeoutSeconds: 10,
      memoryMb: 512,
      environment: {
        [ENV.table]: table.name,
        ...secret.environment,
        [ENV.tenantClaim]: stage.settings.jwt.tenantClaim,
      },
    });
    this.allow(['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'], [table.arn]);
    this.allow(['dynamodb:Query'], table.indexArns);
    secret.allowReading(this);
  }
}
