import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { builtOnce, keyOf } from './build-cache.ts';
import { BUNDLE_SOURCES } from './bundle.ts';

const root = dirname(import.meta.dirname);

/** What `synthesize` needs. */
export type SynthOptions = {
  stage: string;
  /** Gets the assembly; what it held before is removed. */
  outdir: string;
  /**
   * Whether the linters check the template: cdk-nag, and the CDK's own validation against CloudFormation's schemas.
   * They take two thirds of the time and change nothing in the template.
   */
  checks: boolean;
  /** Cancels the synthesis. */
  signal?: AbortSignal;
  /** Starts the app's process; for callers that manage the end of their processes themselves. */
  start?: (command: string, args: string[], options: SpawnOptions) => ChildProcess;
};

/** What a template is made from, besides the stage's name. The app imports neither the local cloud nor the commands. */
const SYNTH_SOURCES = [...BUNDLE_SOURCES, 'infra/**/*.ts', 'cdk.json'];
const NOT_SYNTHESIZED = ['infra/local/**', 'infra/account/**'];

/**
 * Runs the CDK app as its CLI would, without the CLI: offline, without credentials, a second faster. Nothing is run
 * while sources and stage are those of an earlier synthesis: its assembly is copied.
 * @throws SynthFailed with the app's own message, or an AbortError when `signal` cancelled it.
 */
export async function synthesize({ stage, outdir, checks, ...how }: SynthOptions): Promise<void> {
  const key = keyOf(SYNTH_SOURCES, [stage, String(checks)], NOT_SYNTHESIZED);
  const assembly = await builtOnce('assembly', key, (folder) => runApp(stage, folder, { checks, ...how }));
  rmSync(outdir, { recursive: true, force: true });
  cpSync(assembly, outdir, { recursive: true });
}

async function runApp(
  stage: string,
  outdir: string,
  { checks, signal, start = spawn }: Pick<SynthOptions, 'checks' | 'signal' | 'start'>,
): Promise<void> {
  const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8'));
  const app = start(process.execPath, [join(root, 'infra', 'app.ts')], {
    cwd: root,
    env: {
      ...process.env,
      CDK_OUTDIR: outdir,
      CDK_CONTEXT_JSON: JSON.stringify({ ...context, stage }),
      CDK_VALIDATION: String(checks),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(signal ? { signal } : {}),
  });
  let output = '';
  for (const stream of [app.stdout, app.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
    });
  }
  const code = await new Promise((resolve, reject) => app.on('error', reject).on('close', resolve));
  if (code !== 0) throw new SynthFailed(output.trim());
}

/** The app refused or failed; the message is its own. */
export class SynthFailed extends Error {
  readonly code = 'SYNTH_FAILED';
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { stage: { type: 'string', default: '' }, outdir: { type: 'string', default: join(root, 'cdk.out') } },
  });
  try {
    await synthesize({ stage: values.stage, outdir: values.outdir, checks: true });
    process.stdout.write(`Synthesized stage ${values.stage} into ${values.outdir}\n`);
  } catch (error) {
    if (!(error instanceof SynthFailed)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
