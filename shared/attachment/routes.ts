import type { NamedSchemas } from '#shared/http/openapi/compose.ts';
import { commandRoute } from '#shared/http/route.ts';
import { declareAttachment } from './commands.ts';
import { ATTACHMENT_BODY_BYTES, declareAttachmentSchema } from './requests.ts';
import { attachmentAnswerSchema } from './responses.ts';

export const attachmentCommands = () => [
  commandRoute({
    path: '/attachments',
    scope: 'messages:write',
    operationId: 'declareAttachment',
    tag: 'Messages',
    summary: 'Declare a file to attach to messages, and get the upload request',
    description:
      'Send the bytes with exactly the method, URL and headers of `upload`. The storage accepts only the declared length, ' +
      'type and checksum. The same request with the same key renews the upload. A file is deleted if no message refers ' +
      'to it before `usableUntil`, and after the last message that refers to it is sent, cancelled or suppressed.',
    body: {
      schema: declareAttachmentSchema,
      maximumBytes: ATTACHMENT_BODY_BYTES,
      example: {
        name: 'invoice-2026-01.pdf',
        contentType: 'application/pdf',
        size: 48_212,
        sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
      },
    },
    answer: {
      status: 201,
      description: 'The file is declared. It can be uploaded now.',
      schema: attachmentAnswerSchema,
    },
    handle: declareAttachment,
  }),
];

/** Names in the OpenAPI document. */
export const attachmentSchemas: NamedSchemas = {
  DeclareAttachment: { schema: declareAttachmentSchema },
  AttachmentAnswer: { schema: attachmentAnswerSchema },
};
