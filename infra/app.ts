import { bundleFunctions } from './bundle.ts';

/**
 * The CDK app: `-c stage=<name>` chooses the stage. The bundler runs in its own process, so the CDK loads in the
 * meantime.
 */
const bundling = bundleFunctions();
const { synthesizeStage } = await import('./synthesize-stage.ts');
await synthesizeStage(bundling);
