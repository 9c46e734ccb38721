import type { Stack } from 'aws-cdk-lib';
import { CfnEventSourceMapping, CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { ServiceFunction } from './constructs/service-function.ts';

/** Lambda's limit for the names and values of all variables of a function, in bytes. */
const MOST_BYTES = 4096;
/** The longest physical name of a queue, which CloudFormation generates from the names of stack and resource. */
const NAME_BYTES = 80;
/** What an ARN or URL has besides the name: partition, service, region, account. */
const ADDRESS_BYTES = 60;
/** The id of an event source mapping, which is a UUID. */
const UUID_BYTES = 36;

/**
 * Lambda refuses a function whose variables are too long, in the middle of a deployment. The values that only
 * CloudFormation knows are taken as long as they can be.
 * @param stack with all of its lanes.
 * @throws Error that names each such function with its longest variable.
 */
export function requireSmallVariables(stack: Stack): void {
  const all = stack.node.findAll();
  const mappings = new Set(
    all.filter((one) => one instanceof CfnEventSourceMapping).map((one) => String(stack.resolve(one.logicalId))),
  );
  const faults = all
    .filter((construct) => construct instanceof ServiceFunction)
    .flatMap(({ name, lambda }) =>
      lambda.node.children
        .filter((construct) => construct instanceof CfnFunction)
        .flatMap(({ environment }) => faultsOf(name, stack.resolve(environment), mappings)),
    );
  if (faults.length > 0) throw new Error(faults.join('\n'));
}

function faultsOf(
  name: string,
  environment: { variables?: Record<string, unknown> } = {},
  mappings: ReadonlySet<string>,
): string[] {
  const sizes = Object.entries(environment.variables ?? {}).map(
    ([variable, value]) => [variable, variable.length + bytesOf(value, mappings)] as const,
  );
  const all = sizes.reduce((sum, [, bytes]) => sum + bytes, 0);
  const [longest, bytes] = sizes.toSorted(([, one], [, other]) => other - one)[0] ?? ['', 0];
  if (all <= MOST_BYTES) return [];
  return [
    `${name} has up to ${all} bytes of variables, ${bytes} of them in ${longest}, and Lambda allows ${MOST_BYTES}. ` +
      'Remove a subscriber, or let the function find its queues in another way.',
  ];
}

/**
 * The bytes of a value of a template, when CloudFormation has put in what only it knows.
 * @param mappings logical ids of event source mappings.
 */
function bytesOf(value: unknown, mappings: ReadonlySet<string>): number {
  if (typeof value !== 'object' || value === null) return Buffer.byteLength(String(value));
  const [[intrinsic, of] = ['', undefined]] = Object.entries(value);
  if (intrinsic === 'Fn::Join' && Array.isArray(of)) {
    const [separator, parts] = of;
    const joined: unknown[] = Array.isArray(parts) ? parts : [];
    return joined.reduce<number>((sum, part) => sum + bytesOf(part, mappings) + String(separator).length, 0);
  }
  if (intrinsic === 'Ref' && mappings.has(String(of))) return UUID_BYTES;
  const isName = intrinsic === 'Fn::GetAtt' && Array.isArray(of) && String(of[1]).endsWith('Name');
  return NAME_BYTES + (isName ? 0 : ADDRESS_BYTES);
}
