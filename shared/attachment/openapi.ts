import { echo, replayed } from '#shared/http/openapi/components.ts';
import { commandFailures, commandParameters, requestBody } from '#shared/http/openapi/operation-parts.ts';
import { jsonOf } from '#shared/http/openapi/reference.ts';
import { SCOPE } from '#shared/names.ts';

const declareAttachmentOperation = {
  operationId: 'declareAttachment',
  tags: ['Messages'],
  summary: 'Declare a file to attach to messages, and get the upload request',
  description:
    'Send the bytes with exactly the method, URL and headers of `upload`. The storage accepts only the declared length, ' +
    'type and checksum. The same request with the same key renews the upload. A file is deleted if no message refers ' +
    'to it in time, and after the last message that refers to it is sent, cancelled or suppressed.',
  security: [{ token: [SCOPE.messagesWrite] }],
  parameters: commandParameters,
  requestBody: requestBody('DeclareAttachment', {
    name: 'invoice-2026-01.pdf',
    contentType: 'application/pdf',
    size: 48_212,
    sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  }),
  responses: {
    201: {
      description: 'The file is declared. It can be uploaded now.',
      headers: { ...echo, ...replayed },
      content: jsonOf('AttachmentAnswer'),
    },
    ...commandFailures,
  },
};

/** Operations on attachments. */
export const attachmentPaths = {
  '/attachments': { post: declareAttachmentOperation },
};
