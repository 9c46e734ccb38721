import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { ENV } from '#shared/names.ts';
import { builtOnce, keyOf } from './build-cache.ts';
import { BUNDLE_SOURCES } from './bundle.ts';
import { CONSOLE_SOURCES } from './console-build.ts';

const root = dirname(import.meta.dirname);

/** Context that the CDK's CLI adds by itself. `cdk.json` may not contain it, because keys with `aws:` are reserved. */
const CLI_CONTEXT = { 'aws:cdk:enable-asset-metadata': true, 'aws:cdk:enable-path-metadata': true };

/** The context in which the CLI runs the app: the feature flags of `cdk.json`, and the CLI's own additions. */
export function appContext(): Record<string, unknown> {
  const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8'));
  return { ...context, ...CLI_CONTEXT };
}

/** Options of `synthesize`. */
export type SynthOptions = {
  stage: string;
  /** Folder of the assembly. Its former contents are removed. */
  outdir: string;
  /**
   * Whether the linters check the template: cdk-nag, and the CDK's own validation against CloudFormation's schemas.
   * They take two thirds of the time and do not change the template.
   */
  checks: boolean;
  /** Cancels the synthesis. */
  signal?: AbortSignal;
  /** Starts the app's process, for callers that end their child processes themselves. */
  start?: (command: string, args: string[], options: SpawnOptions) => ChildProcess;
};

/**
 * Files that a template is built from, in addition to the stage's name. The app imports neither the local cloud nor the
 * account commands.
 */
const SYNTH_SOURCES = [...BUNDLE_SOURCES, ...CONSOLE_SOURCES, 'infra/**/*.ts', 'cdk.json'];
const NOT_SYNTHESIZED = ['infra/local/**', 'infra/account/**'];

/**
 * Runs the CDK app like its CLI, but without the CLI: offline, without credentials and a second faster. If stage and
 * sources have not changed since an earlier synthesis, that assembly is copied and nothing runs.
 * @throws SynthFailed with the app's own message, or an AbortError when `signal` cancelled it.
 */
export async function synthesize({ stage, outdir, checks, ...how }: SynthOptions): Promise<void> {
  const key = keyOf(SYNTH_SOURCES, [stage, String(checks), process.env[ENV.release] ?? ''], NOT_SYNTHESIZED);
  const assembly = await builtOnce('assembly', key, (folder) => runApp(stage, folder, { checks, ...how }));
  rmSync(outdir, { recursive: true, force: true });
  cpSync(assembly, outdir, { recursive: true });
}

async function runApp(
  stage: string,
  outdir: string,
  { checks, signal, start = spawn }: Pick<SynthOptions, 'checks' | 'signal' | 'start'>,
): Promise<void> {
  const app = start(process.execPath, [join(root, 'infra', 'app.ts')], {
    cwd: root,
    env: {
      ...process.env,
      CDK_OUTDIR: outdir,
      CDK_CONTEXT_JSON: JSON.stringify({ ...appContext(), stage }),
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

/** The app refused the stage or failed. The message is the app's. */
export class SynthFailed extends Error {
  readonly code = 'SYNTH_FAILED';
}

const USAGE = 'Usage: npm run synth -- --stage <name> [--outdir <folder>]';

/** Reads the command line. @throws SynthFailed with the usage for an unknown option. */
function readOptions(args: string[]): { stage: string; outdir: string } {
  try {
    const { values } = parseArgs({
      args,
      options: { stage: { type: 'string', default: '' }, outdir: { type: 'string', default: join(root, 'cdk.out') } },
    });
    return values;
  } catch (error) {
    throw new SynthFailed(`${(error as Error).message.split('. ')[0]}. ${USAGE}`);
  }
}

if (import.meta.main) {
  try {
    const { stage, outdir } = readOptions(process.argv.slice(2));
    await synthesize({ stage, outdir, checks: true });
    process.stdout.write(`Synthesized stage ${stage} into ${outdir}\n`);
  } catch (error) {
    if (!(error instanceof SynthFailed)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
