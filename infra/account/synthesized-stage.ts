import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { functionNames } from '../functions.ts';
import { stackNameOf } from '../outputs.ts';
import type { StageSettings } from '../settings.ts';
import { CounterfoilStack } from '../stack.ts';
import { appContext } from '../synth.ts';

/** Properties of the template that the checks compare with the account, by type of resource. */
type Properties = {
  'AWS::Cognito::UserPool': { LambdaConfig: { PreTokenGenerationConfig: { LambdaVersion: string } } };
  'AWS::Lambda::EventSourceMapping': {
    ScalingConfig?: { MaximumConcurrency: number };
    ParallelizationFactor?: number;
  };
  'AWS::Scheduler::Schedule': object;
  'AWS::SES::ConfigurationSet': {
    SuppressionOptions: { SuppressedReasons: string[] };
    SendingOptions: { SendingEnabled: boolean };
  };
  'AWS::SNS::Subscription': { Protocol: string; Endpoint: unknown };
};

/** What the code says about a stage, whether it is deployed or not. */
export type SynthesizedStage = {
  /** The CDK bootstrap that a deployment needs. */
  bootstrap: { version: number; parameterName: string };
  /** The properties of all resources of one type. */
  propertiesOf<Type extends keyof Properties>(type: Type): Properties[Type][];
};

const synthesized = new Map<string, SynthesizedStage>();

/**
 * Synthesizes a stage in this process, without its functions' code. It takes a second, so equal settings are synthesized
 * once.
 */
export function synthesizedStage(stage: string, settings: StageSettings): SynthesizedStage {
  const key = JSON.stringify([stage, settings]);
  const found = synthesized.get(key) ?? synthesize(stage, settings);
  synthesized.set(key, found);
  return found;
}

function synthesize(stage: string, settings: StageSettings): SynthesizedStage {
  const folder = mkdtempSync(join(tmpdir(), 'counterfoil-synth-'));
  try {
    const bundle = join(folder, 'bundle');
    mkdirSync(bundle);
    writeFileSync(join(bundle, 'handler.mjs'), '');
    const bundles = Object.fromEntries(functionNames().map((name) => [name, bundle]));
    const app = new App({
      context: appContext(),
      outdir: join(folder, 'cdk.out'),
      analyticsReporting: false,
      builtinCloudFormationValidation: false,
    });
    const stack = new CounterfoilStack(app, stackNameOf(stage), { stage, settings, bundles });
    const { template, requiresBootstrapStackVersion, bootstrapStackVersionSsmParameter } = app
      .synth()
      .getStackArtifact(stack.artifactId);
    // The template is JSON that our own stack has written, so its resources have the types in `Properties`. The compiler
    // accepts `never` for each of them.
    const resources: { Type: string; Properties: never }[] = Object.values(template.Resources);
    return {
      bootstrap: {
        version: requiresBootstrapStackVersion ?? 0,
        parameterName: bootstrapStackVersionSsmParameter ?? '',
      },
      propertiesOf: (type) => resources.filter(({ Type }) => Type === type).map((resource) => resource.Properties),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
