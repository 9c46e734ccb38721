import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Outputs } from '#infra/local/outputs.ts';
import { type Comparing, compareWithDescriptions } from './documented/stage.ts';

export type { Outputs };

const main = join(import.meta.dirname, '..', '..', 'infra', 'local', 'main.ts');

export type LocalCloud = {
  outputs: Outputs;
  dataDir: string;
  process: ChildProcess;
  /** What it printed so far. */
  printed(): string;
  /** Ctrl-C, and the exit code that came of it. */
  interrupt(): Promise<number | null>;
};

/**
 * Starts `npm start` without npm, on a free port unless one is named; the folder's content survives `interrupt`.
 * @param entry another entry point that does the same.
 */
export async function startLocalCloud(
  dataDir: string,
  port = 0,
  entry = main,
  environment: Record<string, string> = {},
): Promise<LocalCloud> {
  const started = runMain({ ...environment, PORT: String(port), DATA_DIR: dataDir }, [], entry);
  const { child, exited, printed } = started;
  const ready = new Promise<void>((resolve) => {
    child.stdout?.on('data', () => printed().includes('Control') && resolve());
  });
  const early = exited.then((code) => {
    throw new Error(`The local cloud ended with ${code}: ${printed()}`);
  });
  await Promise.race([ready, early]);
  // After the start, tests end the local cloud themselves. That end is not an error of the start.
  early.catch(() => undefined);
  const outputs: Outputs = JSON.parse(readFileSync(join(dataDir, 'outputs.json'), 'utf8'));
  const interrupt = (): Promise<number | null> => {
    child.kill('SIGINT');
    return exited;
  };
  return { outputs, dataDir, process: child, printed, interrupt };
}

/** Runs the local cloud's entry point; for starts that are expected to fail, too. */
export function runMain(environment: Record<string, string>, args: string[] = [], entry = main) {
  const child = spawn(process.execPath, [entry, ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
  }
  const exited = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  return { child, exited, printed: () => text };
}

export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), 'counterfoil-'));
export const removeFolder = (folder: string): void => rmSync(folder, { recursive: true, force: true });

/** A stage to test. What only a local cloud has is missing from a deployed one's outputs, whatever the type says. */
export type Deployment = { outputs: Outputs; stop(): Promise<void> };

let shared: Promise<Deployment> | undefined;

/** From now on, the suites of this process run on one local cloud. @returns what stops it after the last of them. */
export function shareDeployment(): () => Promise<void> {
  const starting = startDeployment();
  // Each suite awaits the same start, and so reports its failure.
  starting.catch(() => undefined);
  shared = starting;
  return async () => (await starting).stop();
}

/**
 * Where the black-box tests run: on the stage whose `outputs.json` is named by `OUTPUTS`, on the local cloud that the
 * suites of this process share, or on a local cloud of their own.
 */
export async function openDeployment(comparing: Comparing = {}): Promise<Deployment> {
  const given = process.env.OUTPUTS;
  const stop = async (): Promise<void> => undefined;
  if (given) {
    const outputs = readOutputs(given);
    return { outputs, stop: await compareWithDescriptions(outputs, comparing) };
  }
  return shared ? { ...(await shared), stop } : startDeployment(comparing);
}

async function startDeployment(comparing: Comparing = {}): Promise<Deployment> {
  const dataDir = temporaryFolder();
  const cloud = await startLocalCloud(dataDir);
  const endComparison = await compareWithDescriptions(cloud.outputs, comparing);
  const stop = async (): Promise<void> => {
    try {
      await endComparison();
    } finally {
      await cloud.interrupt();
      removeFolder(dataDir);
    }
  };
  return { outputs: cloud.outputs, stop };
}

/** Tenants that the black-box tests are customers of. */
const TESTED_TENANTS = ['acme', 'globex', 'operator'];

function readOutputs(file: string): Outputs {
  const outputs: Outputs = JSON.parse(readFileSync(file, 'utf8'));
  const tokens: Record<string, string> = outputs.tokens ?? {};
  const missing = TESTED_TENANTS.filter((tenant) => tokens[tenant] === undefined);
  if (missing.length === 0) return outputs;
  throw new Error(
    `${file} has no tokens of ${missing.join(', ')}: npm run tenants -- --stage <name> token ${missing.join(' ')} --into ${file}`,
  );
}
