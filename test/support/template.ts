import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { bundleFunctions } from '#infra/bundle.ts';
import { ConsoleStack } from '#infra/console-stack.ts';
import { functionNames } from '#infra/functions.ts';
import type { AddLanes } from '#infra/lanes/platform.ts';
import { consoleStackNameOf, stackNameOf } from '#infra/outputs.ts';
import type { StageSettings } from '#infra/settings.ts';
import { CounterfoilStack } from '#infra/stack.ts';
import { settingsOf, validated } from '#infra/stages.ts';
import { appContext } from '#infra/synth.ts';

export type Resource = {
  Type: string;
  Properties: Record<string, unknown>;
  Metadata?: Record<string, unknown>;
  DeletionPolicy?: string;
  DependsOn?: string[];
};
export type Template = {
  Resources: Record<string, Resource>;
  Rules?: Record<string, unknown>;
  Parameters?: Record<string, Record<string, unknown>>;
  Outputs?: Record<string, { Value: unknown }>;
};

/** The template of a stage as `npm run synth` makes it. The linters, which change nothing in it, do not run. */
export async function synthesizedTemplate(stage: string): Promise<Template> {
  const bundles = await bundleFunctions();
  const folder = mkdtempSync(join(tmpdir(), 'counterfoil-synth-'));
  try {
    return synthesizeWith(stage, (settings) => settings, { outdir: join(folder, 'cdk.out'), bundles });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Variant = { checks?: boolean; domains?: readonly AddLanes[]; release?: string };

const templates = new Map<string, string>();

/**
 * Synthesizes a stage with changed settings in this process, without bundles. The same stage is synthesized once, and
 * each caller gets its own copy of the template.
 * @param checks whether the linters run. They take most of the time and change nothing in the template.
 */
export function templateWith(
  stage: string,
  change: (settings: StageSettings) => StageSettings,
  variant: Variant = {},
): Template {
  // A domain is known by the name of its export in `infra/domains.ts`.
  const domains = variant.domains?.map(({ name }) => name);
  const key = JSON.stringify([stage, change(settingsOf(stage)), { ...variant, domains }]);
  const text = templates.get(key) ?? JSON.stringify(synthesizeWithoutBundles(stage, change, variant));
  templates.set(key, text);
  return JSON.parse(text);
}

function synthesizeWithoutBundles(
  stage: string,
  change: (settings: StageSettings) => StageSettings,
  { checks = false, domains, release }: Variant,
): Template {
  const folder = mkdtempSync(join(tmpdir(), 'counterfoil-synth-'));
  try {
    const bundle = join(folder, 'bundle');
    mkdirSync(bundle);
    writeFileSync(join(bundle, 'handler.mjs'), 'export const handler = () => undefined;');
    const bundles = Object.fromEntries(functionNames().map((name) => [name, bundle]));
    return synthesizeWith(stage, change, {
      outdir: join(folder, 'cdk.out'),
      bundles,
      checks,
      ...(domains && { domains }),
      ...(release !== undefined && { release }),
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * A stage without the business domains of `infra/domains.ts`: what the platform itself grants, keeps and serves. The
 * lists of these tests do not change with a domain.
 */
export const platformTemplate = (
  stage: string,
  change: (settings: StageSettings) => StageSettings = (settings) => settings,
): Template => templateWith(stage, change, { domains: [] });

/**
 * The template with the ids that versions of functions would have for any content: the CDK adds a hash of code and
 * configuration to them.
 */
export const withoutHashes = (template: Template): Template =>
  JSON.parse(JSON.stringify(template).replaceAll(/(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}/g, '$1'));

/** The console's stack of a stage, with a built console of two files. */
export function consoleTemplateWith(
  stage: string,
  change: (settings: StageSettings) => StageSettings = (settings) => settings,
  { checks = false } = {},
): Template {
  const folder = mkdtempSync(join(tmpdir(), 'counterfoil-console-synth-'));
  try {
    const [bundle, built] = [join(folder, 'bundle'), join(folder, 'console')];
    for (const path of [bundle, join(built, 'assets')]) mkdirSync(path, { recursive: true });
    writeFileSync(join(bundle, 'handler.mjs'), 'export const handler = () => undefined;');
    writeFileSync(join(built, 'index.html'), '<!doctype html>');
    writeFileSync(join(built, 'assets', 'index-0.js'), '');
    const app = appWith({ outdir: join(folder, 'cdk.out'), checks });
    const settings = validated(stage, change(settingsOf(stage)));
    const bundles = Object.fromEntries(functionNames().map((name) => [name, bundle]));
    const { apiUrl, signIn, live } = new CounterfoilStack(app, stackNameOf(stage), { stage, settings, bundles });
    if (!signIn) throw new Error(`Stage ${stage} has no console.`);
    const name = consoleStackNameOf(stage);
    const { artifactId } = new ConsoleStack(app, name, { stage, settings, apiUrl, signIn, live, folder: built });
    return app.synth().getStackArtifact(artifactId).template;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function appWith({ outdir, checks }: { outdir: string; checks: boolean }): App {
  const app = new App({
    context: appContext(),
    outdir,
    analyticsReporting: false,
    builtinCloudFormationValidation: checks,
  });
  if (checks) Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
  return app;
}

/** The same with bundles that are there, into a folder that stays. */
export function synthesizeWith(
  stage: string,
  change: (settings: StageSettings) => StageSettings,
  { outdir, bundles, checks = false, domains, release }: Variant & { outdir: string; bundles: Record<string, string> },
): Template {
  const app = appWith({ outdir, checks });
  const settings = validated(stage, change(settingsOf(stage)));
  const stack = new CounterfoilStack(app, `counterfoil-${stage}`, {
    stage,
    settings,
    bundles,
    ...(domains && { domains }),
    ...(release !== undefined && { release }),
  });
  return app.synth().getStackArtifact(stack.artifactId).template;
}

/** Resources of one type, by logical id. */
export const resourcesOf = ({ Resources }: Template, type: string): [string, Resource][] =>
  Object.entries(Resources).filter(([, resource]) => resource.Type === type);
