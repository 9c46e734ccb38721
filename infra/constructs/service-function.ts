import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { ENV, type FunctionName } from '#shared/names.ts';

export type ServiceFunctionProps = {
  name: FunctionName;
  stage: string;
  /** Folder that holds `handler.mjs` and what it imports. */
  bundle: string;
  timeoutSeconds: number;
  memoryMb: number;
  logRetentionDays: number;
  environment: Record<string, string>;
};

/**
 * A Lambda of ours: its own log group and a role that may write there and nothing else. What it may
 * do beyond that is granted in the stack, where a reader sees it beside the function.
 */
export class ServiceFunction extends Construct {
  readonly lambda: LambdaFunction;
  readonly role: Role;

  constructor(scope: Construct, props: ServiceFunctionProps) {
    super(scope, props.name);
    const logGroup = new LogGroup(this, 'logs', {
      retention: props.logRetentionDays as RetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, 'role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(this.role);
    this.lambda = new LambdaFunction(this, 'function', {
      description: `Counterfoil ${props.stage}: ${props.name}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: Code.fromAsset(props.bundle),
      handler: 'handler.handler',
      timeout: Duration.seconds(props.timeoutSeconds),
      memorySize: props.memoryMb,
      loggingFormat: LoggingFormat.JSON,
      logGroup,
      role: this.role,
      environment: {
        [ENV.stage]: props.stage,
        NODE_OPTIONS: '--enable-source-maps',
        POWERTOOLS_SERVICE_NAME: props.name,
        ...props.environment,
      },
    });
    Validations.of(this.lambda).acknowledge({
      id: 'Serverless::Serverless-LambdaDLQ',
      reason:
        'Nothing invokes it asynchronously with an event that would be lost: API calls are answered, mappings and the schedule come again.',
    });
    Validations.of(this.lambda).acknowledge({
      id: 'Serverless::Serverless-LambdaTracing',
      reason:
        'Causes are followed by correlation and causation ids through every row and message; X-Ray is paid for by trace.',
    });
  }

  /** Allows exactly these actions on exactly these resources. */
  allow(actions: string[], resources: string[]): void {
    this.role.addToPolicy(new PolicyStatement({ effect: Effect.ALLOW, actions, resources }));
  }
}
