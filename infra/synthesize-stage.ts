import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { ENV } from '#shared/names.ts';
import { buildConsole } from './console-build.ts';
import { ConsoleStack } from './console-stack.ts';
import { ALL_AT_ONCE, consoleStackNameOf, stackNameOf } from './outputs.ts';
import { CounterfoilStack } from './stack.ts';
import { InvalidStage, settingsOf } from './stages.ts';

/**
 * Synthesizes the stage that the CDK's context names. With `CDK_VALIDATION=false`, the CDK's own validation is off, and
 * the linters are skipped, too. They take most of the time and do not change the template.
 * @param bundling the bundle folder of each function, by name.
 */
export async function synthesizeStage(bundling: Promise<Record<string, string>>): Promise<void> {
  try {
    const app = new App();
    const stage: string | undefined = app.node.tryGetContext('stage');
    const settings = settingsOf(stage);
    const isAtOnce: unknown = app.node.tryGetContext(ALL_AT_ONCE);
    const building = settings.console && buildConsole();
    const [bundles, folder] = await Promise.all([bundling, building]);
    const { apiUrl, signIn, live } = new CounterfoilStack(app, stackNameOf(stage as string), {
      stage: stage as string,
      settings: isAtOnce === 'true' ? { ...settings, changes: { kind: 'all-at-once' } } : settings,
      bundles,
      ...(process.env[ENV.release] && { release: process.env[ENV.release] }),
    });
    if (signIn && folder !== undefined)
      new ConsoleStack(app, consoleStackNameOf(stage as string), {
        stage: stage as string,
        settings,
        apiUrl,
        signIn,
        live,
        folder,
      });
    if (process.env.CDK_VALIDATION !== 'false')
      Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
    app.synth();
  } catch (error) {
    if (!(error instanceof InvalidStage)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
