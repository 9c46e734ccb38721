import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { CannotRun } from '../base/failure.ts';
import type { Json } from '../base/json.ts';
import { jsonValue, readAs } from '../base/read.ts';

export type Resource = {
  Type: string;
  Properties?: Record<string, Json>;
  Metadata?: Record<string, Json>;
} & Record<string, unknown>;

export type Template = {
  Resources: Record<string, Resource>;
  Parameters?: Record<string, { Type: string; Default?: string }>;
} & Record<string, unknown>;

/** A synthesized stack on disk: its template and the folder with its assets. */
export type Assembly = { folder: string; stackName: string; region: string; template: Template };

const MANIFEST = v.object({
  artifacts: v.record(
    v.string(),
    v.object({
      type: v.string(),
      environment: v.optional(v.string()),
      properties: v.optional(v.object({ templateFile: v.optional(v.string()), stackName: v.optional(v.string()) })),
    }),
  ),
});

const JSON_FIELDS = v.record(v.string(), jsonValue);

const TEMPLATE = v.looseObject({
  Resources: v.record(
    v.string(),
    v.looseObject({ Type: v.string(), Properties: v.optional(JSON_FIELDS), Metadata: v.optional(JSON_FIELDS) }),
  ),
  Parameters: v.optional(v.record(v.string(), v.object({ Type: v.string(), Default: v.optional(v.string()) }))),
});

/**
 * Reads the output of `cdk synth` in `folder`.
 * @throws CannotRun unless it has exactly one stack, with a known region.
 */
export function loadAssembly(folder: string): Assembly {
  const manifest = readJson(MANIFEST, join(folder, 'manifest.json'));
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
    template: readJson(TEMPLATE, join(folder, properties?.templateFile ?? `${id}.template.json`)),
  };
}

function readJson<Schema extends v.GenericSchema>(schema: Schema, path: string): v.InferOutput<Schema> {
  return readAs(schema, JSON.parse(readFileSync(path, 'utf8')), path);
}

/** Resources of one type with their logical ids, in the order of the template. */
export function resourcesOf(template: Template, type: string): [logicalId: string, resource: Resource][] {
  return Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);
}
