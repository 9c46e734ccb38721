import { GetItemCommand, type GetItemCommandInput, type GetItemCommandOutput } from '@aws-sdk/client-dynamodb';
import { dynamoClient } from '#shared/adapters/aws/dynamo-client.ts';

const client = dynamoClient();

/** What our functions are measured beside: the client as they make it, one command, and nothing else. */
export const handler = (input: GetItemCommandInput): Promise<GetItemCommandOutput> =>
  client.send(new GetItemCommand(input));
