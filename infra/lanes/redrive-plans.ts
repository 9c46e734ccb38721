import { Lazy } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { planRoutes } from '#shared/api/routes.ts';
import { ENV, FUNCTION, INDEX } from '#shared/names.ts';
import { HttpFunction } from '../constructs/http-api.ts';
import type { Subscriber } from '../constructs/subscriber.ts';
import type { Platform } from './platform.ts';

/**
 * Plans redrives. It reads dead letters and the rows that decide what they would do, and writes a set and a redrive. It
 * cannot send anything. Only on a stage that permits edits of messages, it can change a dead letter.
 */
export class RedrivePlans extends HttpFunction {
  override readonly integration = 'redrive-plans';
  override readonly routes = planRoutes();

  constructor(scope: Construct, { stage, table, secret }: Platform, subscribers: () => readonly Subscriber[]) {
    const permitsEdits = stage.settings.operatorsEditMessages ?? false;
    super(scope, {
      stage,
      name: FUNCTION.planRedrive,
      // API Gateway waits for thirty seconds.
      timeoutSeconds: 29,
      // One whole CPU.
      memoryMb: 1769,
      environment: {
        ...table.environment,
        ...secret.environment,
        [ENV.tenantClaim]: stage.settings.jwt.tenantClaim,
        [ENV.outboxGraceSeconds]: String(stage.settings.timing.outboxGraceSeconds),
        [ENV.messageEdits]: permitsEdits ? 'on' : 'off',
        // Domains add theirs after this lane.
        [ENV.subscriberNames]: Lazy.string({
          produce: () =>
            subscribers()
              .map(({ subscriberId }) => subscriberId)
              .join(' '),
        }),
      },
    });
    this.allow(
      [
        ...['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'],
        ...['dynamodb:BatchWriteItem', 'dynamodb:PutItem'],
      ],
      [table.arn],
    );
    // Closes the dead letter, and requires that what decided about it is unchanged.
    if (permitsEdits) this.allow(['dynamodb:UpdateItem', 'dynamodb:ConditionCheckItem'], [table.arn]);
    this.allow(['dynamodb:Query'], [`${table.arn}/index/${INDEX.due}`]);
    secret.allowReading(this);
  }
}
