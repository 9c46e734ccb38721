import { Duration, Validations } from 'aws-cdk-lib';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { ENV, metricsNamespaceOf } from '#shared/names.ts';
import { type AlarmRow, type Graph, labelled, type Monitored, minutes, REPEATED } from './monitoring.ts';
import { ServiceLog } from './service-log.ts';
import type { Stage } from './stage.ts';

export type ServiceFunctionProps = {
  stage: Stage;
  /** See `functionNames`. */
  name: string;
  /** Default: 10. */
  timeoutSeconds?: number;
  /** Default: 512. */
  memoryMb?: number;
  environment: Record<string, string>;
};

/** For a request or a batch of messages. */
export const USUAL_TIMEOUT_SECONDS = 10;

/**
 * A Lambda function with its own log group, and a role that may write only there. The function's lane grants all other
 * permissions. It has alarms for errors and throttling, and lines in the dashboard's graphs of all functions.
 */
export class ServiceFunction extends Construct implements Monitored {
  readonly name: string;
  readonly lambda: LambdaFunction;
  readonly role: Role;

  constructor(scope: Construct, props: ServiceFunctionProps) {
    const { stage, name, timeoutSeconds = USUAL_TIMEOUT_SECONDS, memoryMb = 512, environment } = props;
    super(scope, name);
    this.name = name;
    const bundle = stage.bundles[name];
    if (bundle === undefined) throw new Error(`No handler.ts under functions/ belongs to a function ${name}.`);
    const logGroup = new ServiceLog(this, 'logs', { stage });
    this.role = new Role(this, 'role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(this.role);
    this.lambda = new LambdaFunction(this, 'function', {
      description: `Counterfoil ${stage.name}: ${name}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: Code.fromAsset(bundle),
      handler: 'handler.handler',
      timeout: Duration.seconds(timeoutSeconds),
      memorySize: memoryMb,
      loggingFormat: LoggingFormat.JSON,
      logGroup,
      role: this.role,
      ...(stage.settings.tracing && { tracing: Tracing.ACTIVE }),
      environment: {
        [ENV.stage]: stage.name,
        ...(stage.release !== undefined && { [ENV.release]: stage.release }),
        NODE_OPTIONS: '--enable-source-maps',
        POWERTOOLS_SERVICE_NAME: name,
        POWERTOOLS_METRICS_NAMESPACE: metricsNamespaceOf(stage.name),
        ...environment,
      },
    });
    this.explain(stage);
  }

  /** Allows only these actions on only these resources. */
  allow(actions: string[], resources: string[]): void {
    this.role.addToPolicy(new PolicyStatement({ effect: Effect.ALLOW, actions, resources }));
  }

  get figures() {
    const period = minutes(5);
    return {
      errors: this.lambda.metricErrors({ period }),
      throttles: this.lambda.metricThrottles({ period }),
      invocations: this.lambda.metricInvocations({ period }),
      /** Age of the stream's records when the function reads them. */
      iteratorAgeMs: this.lambda.metric('IteratorAge', { statistic: Stats.MAXIMUM, period: minutes(1) }),
      slowestMs: this.lambda.metricDuration({ statistic: Stats.MAXIMUM, period }),
    };
  }

  alarms(): AlarmRow[] {
    const { name } = this;
    const { errors, throttles } = this.figures;
    return [
      {
        id: `${name}-errors`,
        step: 'function',
        metric: errors,
        readings: REPEATED,
        means: `${name} keeps crashing or running out of time. Its work is tried again, and is late.`,
        first: 'Read "Invocation failed" and the platform\'s lines in its log.',
        runbook: 'function-errors',
      },
      {
        id: `${name}-throttled`,
        step: 'function',
        metric: throttles,
        readings: REPEATED,
        means: `Lambda keeps refusing to run ${name}: the account's concurrent executions are used up.`,
        first: "Compare the account's concurrent executions with its quota.",
        runbook: 'function-throttled',
      },
    ];
  }

  panel(): Graph[] {
    const { name } = this;
    const { errors, throttles, slowestMs } = this.figures;
    return [
      { step: 'function', title: 'Errors', metrics: [labelled(errors, name)] },
      { step: 'function', title: 'Throttled', metrics: [labelled(throttles, name)] },
      { step: 'function', title: 'Slowest', metrics: [labelled(slowestMs, name)], unit: 'ms' },
    ];
  }

  private explain(stage: Stage): void {
    Validations.of(this.lambda).acknowledge({
      id: 'Serverless::Serverless-LambdaDLQ',
      reason:
        'No asynchronous invocation carries an event that would be lost: API calls are answered, and mappings and the schedule retry.',
    });
    if (stage.settings.tracing) {
      Validations.of(this.role).acknowledge({
        id: 'AwsSolutions::AwsSolutions-IAM5[Resource::*]',
        reason: 'X-Ray has no resource types: its two write actions can only be allowed on all resources.',
      });
    } else {
      Validations.of(this.lambda).acknowledge({
        id: 'Serverless::Serverless-LambdaTracing',
        reason:
          'Correlation and causation ids in every row and message show causes. X-Ray costs money for each trace, and a setting enables it.',
      });
    }
  }
}
