import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesize } from '#infra/synth.ts';

export type Resource = {
  Type: string;
  Properties: Record<string, unknown>;
  Metadata?: Record<string, unknown>;
  DeletionPolicy?: string;
};
export type Template = { Resources: Record<string, Resource> };

/** Synthesizes a stage as `npm run synth` does, checks and all. */
export async function synthesizedTemplate(stage: string): Promise<Template> {
  const folder = mkdtempSync(join(tmpdir(), 'counterfoil-synth-'));
  try {
    const outdir = join(folder, 'cdk.out');
    await synthesize({ stage, outdir, bundleDir: join(folder, 'bundles') });
    return JSON.parse(readFileSync(join(outdir, `counterfoil-${stage}.template.json`), 'utf8'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Resources of one type, by logical id. */
export const resourcesOf = ({ Resources }: Template, type: string): [string, Resource][] =>
  Object.entries(Resources).filter(([, resource]) => resource.Type === type);
