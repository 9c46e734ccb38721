import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type MissingRequirement, MissingRequirements } from './missing-requirements.ts';

/** The programs with which DynamoDB Local runs on this machine. */
export type Requirements = {
  /** Java, 17 or later. */
  java: string;
  /**
   * The command before its process that puts it into a separate network namespace. Empty when the user has accepted
   * that it listens on every interface.
   */
  isolation: string[];
};

/**
 * Finds everything that DynamoDB Local requires of the machine.
 * @throws MissingRequirements with every missing requirement.
 */
export async function requirementsOf(environment: NodeJS.ProcessEnv): Promise<Requirements> {
  const [java, isolation] = await Promise.all([findJava(environment), findIsolation(environment)]);
  const missing = [java, isolation].flatMap((found) => ('why' in found ? [found] : []));
  if ('why' in java || 'why' in isolation) throw new MissingRequirements(missing);
  return { java: java.found, isolation: isolation.found };
}

const run = promisify(execFile);
type Found<Value> = { found: Value } | MissingRequirement;

const MINIMUM_JAVA = 17;
const JAVA_ADVICE = 'install one (a runtime is enough) or name its folder in JAVA_HOME, or leave DYNAMODB_ENGINE out';

async function findJava({ JAVA_HOME, PATH }: NodeJS.ProcessEnv): Promise<Found<string>> {
  const java = JAVA_HOME ? join(JAVA_HOME, 'bin', 'java') : 'java';
  const version = await versionOf(java, PATH);
  if (version === undefined) {
    const where = JAVA_HOME ? `${java} (JAVA_HOME) does not run` : 'there is none in the PATH';
    return { why: `DynamoDB Local needs Java ${MINIMUM_JAVA} or later, and ${where}`, next: JAVA_ADVICE };
  }
  if (Number.parseInt(version, 10) >= MINIMUM_JAVA) return { found: java };
  return { why: `DynamoDB Local needs Java ${MINIMUM_JAVA} or later, and ${java} is ${version}`, next: JAVA_ADVICE };
}

/**
 * Java writes its version to stderr: `openjdk version "17.0.15" 2025-04-15`. Versions before 9 have the form `1.8.0`.
 */
async function versionOf(java: string, PATH: string | undefined): Promise<string | undefined> {
  try {
    const { stderr } = await run(java, ['-version'], { env: { PATH } });
    return /version "([^"]+)"/.exec(stderr)?.[1];
  } catch {
    // Java is missing, or there is only a placeholder that explains how to install it.
    return undefined;
  }
}

/** The ways into a network namespace: as any user if the kernel permits it, else as root. */
const NAMESPACES = [['--user', '--map-root-user', '--net'], ['--net']];
/** The loopback interface of a new namespace is down. */
const WITH_LOOPBACK = 'PATH=$PATH:/usr/sbin:/sbin; ip link set lo up && exec "$@"';

async function findIsolation({ PATH, DYNAMODB_LOCAL_ALL_INTERFACES }: NodeJS.ProcessEnv): Promise<Found<string[]>> {
  for (const flags of NAMESPACES) {
    const isolation = ['unshare', ...flags, '/bin/sh', '-c', WITH_LOOPBACK, 'isolation'];
    const [command = '', ...args] = isolation;
    try {
      await run(command, [...args, 'true'], { env: { PATH } });
      return { found: isolation };
    } catch {
      // Not Linux, no such tool, or not permitted: the next way is tried.
    }
  }
  if (DYNAMODB_LOCAL_ALL_INTERFACES === 'accepted') return { found: [] };
  return {
    why: 'DynamoDB Local listens on every network interface, and no network namespace can be created here to isolate it',
    next: 'allow unshare and ip to create one, set DYNAMODB_LOCAL_ALL_INTERFACES=accepted if no other machine can reach this one, or leave DYNAMODB_ENGINE out',
  };
}
