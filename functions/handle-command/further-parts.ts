/** What `further.ts` loads with the first command that is not about an order, as one module. */
export { bucketUrlOf, s3Attachments, s3Uploads } from '#shared/adapters/aws/s3-attachments.ts';
export { furtherCommands } from './further-commands.ts';
