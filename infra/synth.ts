import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

const root = dirname(import.meta.dirname);

/** What `synthesize` needs: folders are created, and overwritten where they exist. */
export type SynthOptions = {
  stage: string;
  outdir: string;
  bundleDir: string;
  /** Calls it off. */
  signal?: AbortSignal;
  /** Starts the app's process; for callers that answer for their processes' end in their own way. */
  start?: (command: string, args: string[], options: SpawnOptions) => ChildProcess;
};

/**
 * Runs the CDK app as its CLI would, without the CLI: offline, without credentials, a second faster.
 * @throws SynthFailed with the app's own message, or an AbortError when `signal` called it off.
 */
export async function synthesize({ stage, outdir, bundleDir, signal, start = spawn }: SynthOptions): Promise<void> {
  const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8'));
  const app = start(process.execPath, [join(root, 'infra', 'app.ts')], {
    cwd: root,
    env: {
      ...process.env,
      CDK_OUTDIR: outdir,
      CDK_CONTEXT_JSON: JSON.stringify({ ...context, stage, bundleDir }),
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
    await synthesize({ stage: values.stage, outdir: values.outdir, bundleDir: join(root, 'dist') });
    process.stdout.write(`Synthesized stage ${values.stage} into ${values.outdir}\n`);
  } catch (error) {
    if (!(error instanceof SynthFailed)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
