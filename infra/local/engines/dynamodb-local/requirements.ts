import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Lack, Lacking } from './lacking.ts';

/** What DynamoDB Local runs with on this machine. */
export type Requirements = {
  /** Java, 17 or later. */
  java: string;
  /**
   * The command in front of its process that gives it a network of its own; empty where it was accepted
   * that it listens on every interface.
   */
  enclosure: string[];
};

/**
 * Looks for everything that DynamoDB Local needs of the machine.
 * @throws Lacking with all that is missing.
 */
export async function requirementsOf(environment: NodeJS.ProcessEnv): Promise<Requirements> {
  const [java, enclosure] = await Promise.all([findJava(environment), findEnclosure(environment)]);
  const lacks = [java, enclosure].flatMap((found) => ('why' in found ? [found] : []));
  if ('why' in java || 'why' in enclosure) throw new Lacking(lacks);
  return { java: java.found, enclosure: enclosure.found };
}

const run = promisify(execFile);
type Found<Value> = { found: Value } | Lack;

const OLDEST_JAVA = 17;
const GET_JAVA = 'install one (a runtime is enough) or name its folder in JAVA_HOME, or leave DYNAMODB_ENGINE out';

async function findJava({ JAVA_HOME, PATH }: NodeJS.ProcessEnv): Promise<Found<string>> {
  const java = JAVA_HOME ? join(JAVA_HOME, 'bin', 'java') : 'java';
  const version = await versionOf(java, PATH);
  if (version === undefined) {
    const where = JAVA_HOME ? `${java} (JAVA_HOME) does not run` : 'there is none in the PATH';
    return { why: `DynamoDB Local needs Java ${OLDEST_JAVA} or later, and ${where}`, next: GET_JAVA };
  }
  if (Number.parseInt(version, 10) >= OLDEST_JAVA) return { found: java };
  return { why: `DynamoDB Local needs Java ${OLDEST_JAVA} or later, and ${java} is ${version}`, next: GET_JAVA };
}

/** Java writes to stderr, among other things: `openjdk version "17.0.15" 2025-04-15`. Before 9 they were `1.8.0`. */
async function versionOf(java: string, PATH: string | undefined): Promise<string | undefined> {
  try {
    const { stderr } = await run(java, ['-version'], { env: { PATH } });
    return /version "([^"]+)"/.exec(stderr)?.[1];
  } catch {
    // Not there, or nothing but a place holder that says where to get one.
    return undefined;
  }
}

/** Ways into a network namespace: as any user where the kernel lets one, else as root. */
const NAMESPACES = [['--user', '--map-root-user', '--net'], ['--net']];
/** A new namespace has a loopback interface, which is down. */
const WITH_LOOPBACK = 'PATH=$PATH:/usr/sbin:/sbin; ip link set lo up && exec "$@"';

async function findEnclosure({ PATH, DYNAMODB_LOCAL_ALL_INTERFACES }: NodeJS.ProcessEnv): Promise<Found<string[]>> {
  for (const flags of NAMESPACES) {
    const enclosure = ['unshare', ...flags, '/bin/sh', '-c', WITH_LOOPBACK, 'enclosure'];
    const [command = '', ...args] = enclosure;
    try {
      await run(command, [...args, 'true'], { env: { PATH } });
      return { found: enclosure };
    } catch {
      // Not Linux, no such tool, or not allowed: the next way, or none.
    }
  }
  if (DYNAMODB_LOCAL_ALL_INTERFACES === 'accepted') return { found: [] };
  return {
    why: 'DynamoDB Local listens on every network interface, and no network namespace can be made here to keep it in',
    next: 'allow unshare and ip to make one, set DYNAMODB_LOCAL_ALL_INTERFACES=accepted where nobody else reaches this machine, or leave DYNAMODB_ENGINE out',
  };
}
