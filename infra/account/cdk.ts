import { spawn } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import type { StageSettings } from '../settings.ts';

const root = join(import.meta.dirname, '..', '..');

/** Starts the CDK's command line with these arguments, and returns its exit code. */
export type RunCdk = (args: string[], environment: Record<string, string | undefined>) => Promise<number>;

/**
 * Returns a function that runs the CDK of a command.
 * @param command an executable, and its first arguments.
 * @param stdio where the output goes, and where answers to the CDK's questions come from.
 */
export const runCdkOf =
  ([executable = '', ...before]: string[], stdio: 'inherit' | 'ignore' = 'inherit'): RunCdk =>
  (args, environment) =>
    new Promise((resolve, reject) => {
      // The app uses the same Node as this process, like the CDK.
      const PATH = [dirname(process.execPath), environment.PATH].join(delimiter);
      const child = spawn(executable, [...before, ...args], {
        cwd: root,
        stdio,
        env: { ...environment, PATH },
      });
      child.on('error', reject).on('close', (code) => resolve(code ?? 1));
    });

/** The CDK version that this project has pinned. */
export const OWN_CDK = [process.execPath, join(root, 'node_modules', 'aws-cdk', 'bin', 'cdk')];

/**
 * Options of `cdk bootstrap` for the bootstrap that a stage names. It gets its own stack: under CDK's default name, it
 * would replace the bootstrap that other apps deploy with.
 */
export const bootstrapOptions = ({ bootstrapQualifier }: StageSettings): string[] =>
  bootstrapQualifier === undefined
    ? []
    : ['--qualifier', bootstrapQualifier, '--toolkit-stack-name', `CDKToolkit-${bootstrapQualifier}`];
