import { DynamoDBClient, ListTablesCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Outputs } from '#test/support/deployment.ts';
import { clientSettings } from '#test/support/local-gateway.ts';
import type { Remaining } from './judge.ts';
import type { Row, System } from './systems.ts';

/** Reads every queue and table, as an operator would. Received messages stay invisible, because the run is over. */
export async function remainingIn(outputs: Outputs, { isMarkedUnsent }: System): Promise<Remaining> {
  const rows = await rowsOf(outputs);
  const queues = Object.values(outputs.queues).flatMap(({ url, dlqUrl }) => [url, dlqUrl]);
  const messages: string[] = [];
  for (const queue of queues.filter(Boolean)) messages.push(...(await bodiesIn(outputs, queue)));
  const unsent = rows.filter(isMarkedUnsent).map((row) => JSON.stringify(row));
  return { unsent: [...messages, ...unsent], stored: rows.map((row) => JSON.stringify(row)) };
}

async function rowsOf({ endpoints }: Outputs): Promise<Row[]> {
  const client = new DynamoDBClient(clientSettings(endpoints.dynamodb));
  const rows: Row[] = [];
  try {
    const { TableNames = [] } = await client.send(new ListTablesCommand({}));
    for (const TableName of TableNames) {
      for await (const { Items = [] } of paginateScan({ client }, { TableName })) {
        rows.push(...Items.map((item) => unmarshall(item)));
      }
    }
    return rows;
  } finally {
    client.destroy();
  }
}

async function bodiesIn({ endpoints }: Outputs, queueUrl: string): Promise<string[]> {
  const client = new SQSClient(clientSettings(endpoints.sqs));
  const bodies: string[] = [];
  try {
    for (;;) {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 600 }),
      );
      if (Messages.length === 0) return bodies;
      bodies.push(...Messages.map(({ Body = '' }) => Body));
    }
  } finally {
    client.destroy();
  }
}
