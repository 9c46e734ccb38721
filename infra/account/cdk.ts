import { spawn } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import type { StageSettings } from '../settings.ts';

const root = join(import.meta.dirname, '..', '..');

/** Starts the CDK's command line with these arguments, and returns its exit code. */
export type RunCdk = (args: string[], environment: Record<string, string | undefined>) => Promise<number>;

/**
 * A CDK by its command.
 * @param command an executable, and what stands before the arguments.
 * @param stdio where its output goes, and where the answers to its questions come from.
 */
export const runCdkOf =
  ([executable = '', ...before]: string[], stdio: 'inherit' | 'ignore' = 'inherit'): RunCdk =>
  (args, environment) =>
    new Promise((resolve, reject) => {
      // The app finds the Node that runs this, as the CDK does.
      const PATH = [dirname(process.execPath), environment.PATH].join(delimiter);
      const child = spawn(executable, [...before, ...args], {
        cwd: root,
        stdio,
        env: { ...environment, PATH },
      });
      child.on('error', reject).on('close', (code) => resolve(code ?? 1));
    });

/** The CDK that this project has pinned. */
export const OWN_CDK = [process.execPath, join(root, 'node_modules', 'aws-cdk', 'bin', 'cdk')];

/**
 * What `cdk bootstrap` has to be told, beside the environment, for the bootstrap that a stage names. A stack of its own:
 * under CDK's own name, it would replace the bootstrap that other apps deploy with.
 */
export const bootstrapOptions = ({ bootstrapQualifier }: StageSettings): string[] =>
  bootstrapQualifier === undefined
    ? []
    : ['--qualifier', bootstrapQualifier, '--toolkit-stack-name', `CDKToolkit-${bootstrapQualifier}`];
