import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CannotRun } from '../failure.ts';

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

export type Resource = {
  Type: string;
  Properties?: Record<string, Json>;
  Metadata?: Record<string, Json>;
} & Record<string, unknown>;

export type Template = {
  Resources: Record<string, Resource>;
  Parameters?: Record<string, { Type: string; Default?: string }>;
} & Record<string, unknown>;

/** A synthesized stack on disk: its template and the folder that holds its assets. */
export type Assembly = { folder: string; stackName: string; region: string; template: Template };

type Manifest = {
  artifacts: Record<
    string,
    { type: string; environment?: string; properties?: { templateFile?: string; stackName?: string } }
  >;
};

/**
 * Reads what `cdk synth` wrote into `folder`.
 * @throws CannotRun unless it holds exactly one stack, with its region known.
 */
export function loadAssembly(folder: string): Assembly {
  const manifest = readJson<Manifest>(join(folder, 'manifest.json'));
  const stacks = Object.entries(manifest.artifacts).filter(([, { type }]) => type === 'aws:cloudformation:stack');
  const [stack] = stacks;
  if (stacks.length !== 1 || !stack)
    throw new CannotRun(`The local cloud runs one stack, but the app synthesized ${stacks.length}.`);
  const [id, { environment, properties }] = stack;
  const region = environment?.split('/').at(-1) ?? '';
  if (region === '' || region === 'unknown-region')
    throw new CannotRun(`Stack ${id} names no region; set one for its stage in infra/stages.ts.`);
  return {
    folder,
    stackName: properties?.stackName ?? id,
    region,
    template: readJson<Template>(join(folder, properties?.templateFile ?? `${id}.template.json`)),
  };
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

/** Resources of one type with their logical ids, in the order of the template. */
export function resourcesOf(template: Template, type: string): [logicalId: string, resource: Resource][] {
  return Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);
}
