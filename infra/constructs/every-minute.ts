import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { CfnFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import type { Construct } from 'constructs';
import { type AlarmRow, BELOW, FAULT } from './monitoring.ts';
import type { ServiceFunction } from './service-function.ts';

/** Starts a function every minute. @param description what for. */
export function everyMinute(scope: Construct, { lambda }: ServiceFunction, description: string): void {
  // The schedule invokes it asynchronously, so Lambda itself would retry and queue invocations that it cannot run at
  // once.
  lambda.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });
  Validations.of(lambda).acknowledge({
    id: 'Serverless::Serverless-LambdaAsyncFailureDestination',
    reason: 'A lost tick carries no data: the next tick wakes the same rows.',
  });
  schedule(scope, lambda, description);
}

/**
 * Starts a function every minute that an alarm invokes, too. An alarm reports a change once, so Lambda repeats an
 * invocation that failed.
 */
export function everyMinuteAndOnAlarm(scope: Construct, { lambda }: ServiceFunction, description: string): void {
  lambda.configureAsyncInvoke({ retryAttempts: 2, maxEventAge: Duration.hours(1) });
  Validations.of(lambda).acknowledge({
    id: 'Serverless::Serverless-LambdaAsyncFailureDestination',
    reason: "A lost tick carries no data. If an alarm's event is lost, a later tick sees the same dead letters.",
  });
  schedule(scope, lambda, description);
}

/** One role for all schedules, because a stack has 500 resources at most. It invokes these functions and nothing else. */
function schedulerRole(stack: Stack): Role {
  const existing = stack.node.tryFindChild('scheduler-role');
  return existing instanceof Role ? existing : new Role(stack, 'scheduler-role', { assumedBy: scheduler(stack) });
}

function schedule(scope: Construct, lambda: LambdaFunction, description: string): void {
  const role = schedulerRole(Stack.of(scope));
  new Schedule(scope, 'every-minute', {
    description,
    schedule: ScheduleExpression.rate(Duration.minutes(1)),
    // The next invocation follows within a minute. A late retry of this one would only run at the same time.
    target: new LambdaInvoke(lambda, { retryAttempts: 0, role }),
  });
  const lambdaId = Stack.of(scope).resolve((lambda.node.defaultChild as CfnFunction).logicalId);
  Validations.of(role).acknowledge({
    id: `AwsSolutions::AwsSolutions-IAM5[Resource::<${lambdaId}.Arn>:*]`,
    reason: 'The scheduler invokes any version of this one function.',
  });
}

/** The alarm for a function that does not start every minute. @param waits what waits then, as a sentence. */
export const silentAlarm = ({ name, figures }: ServiceFunction, waits: string): AlarmRow => ({
  id: `${name}-silent`,
  step: 'wake',
  metric: figures.invocations,
  comparison: BELOW,
  threshold: 3,
  readings: [2, 2],
  silence: FAULT,
  means: `${name} does not start every minute. ${waits}`,
  first: 'Check whether the schedule is enabled and may invoke the function.',
  runbook: `${name}-silent`,
});

/**
 * EventBridge Scheduler, acting for this account's default schedule group only. The CDK adds no conditions to a role
 * that is passed to the target. Without conditions, a schedule of another account could use the role (the "confused
 * deputy"). Scheduler compares the ARN of the group, not of the schedule.
 */
function scheduler(stack: Stack): ServicePrincipal {
  const group = stack.formatArn({ service: 'scheduler', resource: 'schedule-group', resourceName: 'default' });
  return new ServicePrincipal('scheduler.amazonaws.com', {
    conditions: { StringEquals: { 'aws:SourceAccount': stack.account, 'aws:SourceArn': group } },
  });
}
