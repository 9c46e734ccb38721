import { bundleFunctions } from './bundle.ts';

/** The CDK app: `-c stage=<name>` chooses the stage. The bundler is a process of its own, so the CDK loads beside it. */
const bundling = bundleFunctions();
const { synthesizeStage } = await import('./synthesize-stage.ts');
await synthesizeStage(bundling);
