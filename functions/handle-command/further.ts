import { stateStore } from '#shared/adapters/aws/dynamo-states.ts';
import { suppressionStore } from '#shared/adapters/aws/dynamo-suppressions.ts';
import type { Table } from '#shared/adapters/aws/dynamo-table.ts';
import type { CommandPorts, CommandSettings } from './command.ts';

export type FurtherEnvironment = CommandSettings & {
  tableName: string;
  bucket: string;
  host: string;
  region: string;
  uploadSeconds: number;
  usableSeconds: number;
};

/**
 * The commands that are not about an order, with the stores that only they need. The stores of the table are loaded
 * with it: what two modules share of its client would be further files for every cold start.
 */
export async function further(ports: CommandPorts, environment: FurtherEnvironment, client: Table['client']) {
  const { bucketUrlOf, furtherCommands, s3Attachments, s3Uploads } = await import('./further-parts.ts');
  const table = { tableName: environment.tableName, client };
  const attachments = {
    states: stateStore(table),
    objects: s3Attachments({ bucket: environment.bucket, timeoutMs: 1500 }),
    clock: ports.clock,
    uploads: s3Uploads({
      bucketUrl: bucketUrlOf(environment),
      region: environment.region,
      credentials: () => client.config.credentials(),
    }),
    uploadMs: environment.uploadSeconds * 1000,
    usableMs: environment.usableSeconds * 1000,
  };
  return furtherCommands({ ...ports, suppressions: suppressionStore(table), attachments }, environment);
}
