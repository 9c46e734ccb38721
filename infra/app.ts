import { join } from 'node:path';
import { App, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { bundleFunctions } from './bundle.ts';
import { stackNameOf } from './outputs.ts';
import { CounterfoilStack } from './stack.ts';
import { InvalidStage, settingsOf } from './stages.ts';

/** The CDK app: `-c stage=<name>` chooses the stage, `-c bundleDir=<folder>` where bundles are built. */
try {
  const app = new App();
  const stage: string | undefined = app.node.tryGetContext('stage');
  const settings = settingsOf(stage);
  const bundles = await bundleFunctions(app.node.tryGetContext('bundleDir') ?? join(import.meta.dirname, '..', 'dist'));
  const stack = new CounterfoilStack(app, stackNameOf(stage as string), { stage: stage as string, settings, bundles });
  Tags.of(stack).add('app', 'counterfoil');
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
  app.synth();
} catch (error) {
  if (!(error instanceof InvalidStage)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
