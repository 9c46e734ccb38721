import { Duration, Validations } from 'aws-cdk-lib';
import {
  LambdaApplication,
  LambdaDeploymentConfig,
  LambdaDeploymentGroup,
  TrafficRouting,
} from 'aws-cdk-lib/aws-codedeploy';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Alias } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { StageSettings } from '../settings.ts';
import type { Alarms } from './alarms.ts';
import { type AlarmRow, minutes, REPEATED } from './monitoring.ts';
import type { Stage } from './stage.ts';

/** Id of the alarm that stops the canaries of all functions. */
export const API_FAILING = 'api-failing';

const brakeIdOf = (name: string): string => `${name}-live-errors`;

/** Whether requests move to a new version in two steps. */
export const hasCanary = ({ settings }: Stage): boolean => settings.changes.kind === 'canary';

/**
 * The alarm that stops the canary of one function. Two of three minutes: a canary takes at least ten, and the alarms of
 * the other parts need up to fifteen.
 */
export const brakeOf = (name: string, live: Alias): AlarmRow => ({
  id: brakeIdOf(name),
  step: 'function',
  metric: live.metricErrors({ period: minutes(1) }),
  readings: REPEATED,
  means: `${name} keeps crashing or running out of time while it answers requests. A canary in progress is stopped.`,
  first: 'Check whether a deployment is in progress. CodeDeploy moves all requests back by itself.',
  runbook: 'change-stopped',
});

/** The alarm that stops every canary: errors that a function answers are no errors of Lambda. */
export const apiBrake = (serverErrorPercent: AlarmRow['metric']): AlarmRow => ({
  id: API_FAILING,
  step: 'api',
  metric: serverErrorPercent,
  readings: REPEATED,
  means: 'For two minutes, at least one request in a hundred ended with a 5xx. A canary in progress is stopped.',
  first: 'Check whether a deployment is in progress. CodeDeploy moves all requests back by itself.',
  runbook: 'change-stopped',
});

type Steps = Extract<StageSettings['changes'], { kind: 'canary' }>;

/** A function whose alias is moved to a new version. */
type Moved = { name: string; live: Alias };

/**
 * CodeDeploy sends a part of the requests to a new version, and the rest some minutes later. If an alarm fires in
 * between, all requests go to the old version again, and CloudFormation takes the whole update back.
 */
export class Canary extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { functions, steps, alarms }: { functions: readonly Moved[]; steps: Steps; alarms: Alarms },
  ) {
    super(scope, id);
    const application = new LambdaApplication(this, 'application');
    const deploymentConfig = new LambdaDeploymentConfig(this, 'steps', {
      trafficRouting: TrafficRouting.timeBasedCanary({
        percentage: steps.percent,
        interval: Duration.minutes(steps.minutes),
      }),
    });
    const role = new Role(this, 'role', { assumedBy: new ServicePrincipal('codedeploy.amazonaws.com') });
    for (const { name, live } of functions) {
      new LambdaDeploymentGroup(this, name, {
        application,
        deploymentConfig,
        role,
        alias: live,
        alarms: [alarms.named(API_FAILING), alarms.named(brakeIdOf(name))],
      });
    }
    Validations.of(role).acknowledge({
      id: 'AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]',
      reason: 'AWS keeps this policy for CodeDeploy. It may move aliases and read alarms, and reads no data.',
    });
  }
}
