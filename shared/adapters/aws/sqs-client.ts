/** Of the client of SQS, what is used here: `import()` of the package itself would load all of it. */
export { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
