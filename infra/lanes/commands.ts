import type { Construct } from 'constructs';
import { commandRoutes } from '#shared/api/routes.ts';
import { ENV, FUNCTION } from '#shared/names.ts';
import { HttpFunction } from '../constructs/http-api.ts';
import { dueTimesOf } from '../constructs/stage.ts';
import type { Platform } from './platform.ts';

/** Handles commands over HTTP: one transaction writes the state and its outgoing messages. */
export class Commands extends HttpFunction {
  override readonly integration = 'commands';
  override readonly routes = commandRoutes();

  constructor(scope: Construct, { stage, table, secret, attachments }: Platform) {
    super(scope, {
      stage,
      name: FUNCTION.handleCommand,
      timeoutSeconds: 10,
      memoryMb: 512,
      environment: {
        [ENV.table]: table.name,
        ...secret.environment,
        [ENV.tenantClaim]: stage.settings.jwt.tenantClaim,
        [ENV.contentRetentionDays]: String(stage.settings.contentRetentionDays),
        ...dueTimesOf(stage),
        ...attachments.environment,
        ...attachments.uploadEnvironment,
      },
    });
    attachments.allowUploads(this);
    attachments.allowReading(this);
    this.allow(
      [
        'dynamodb:PutItem',
        'dynamodb:UpdateItem',
        'dynamodb:ConditionCheckItem',
        'dynamodb:GetItem',
        'dynamodb:BatchGetItem',
      ],
      [table.arn],
    );
    secret.allowReading(this);
  }
}
