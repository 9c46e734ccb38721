import { SCOPE } from '#shared/names.ts';
import { echo, replayed } from './components.ts';
import { commandFailures, commandParameters, requestBody } from './operation-parts.ts';
import { jsonOf } from './reference.ts';

const declareAttachmentOperation = {
  operationId: 'declareAttachment',
  tags: ['Messages'],
  summary: 'Declare a file that messages will have attached, and get the request that uploads it',
  description:
    'Send the bytes with the method, URL and headers of `upload`, and with no others. The storage takes exactly the ' +
    'declared length, type and checksum, and refuses everything else. The same request with the same key renews the ' +
    'upload. A file that no message has named in time is deleted, and so is every file once the last message that ' +
    'named it is sent, cancelled or suppressed.',
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
      description: 'The file is expected.',
      headers: { ...echo, ...replayed },
      content: jsonOf('AttachmentAnswer'),
    },
    ...commandFailures,
  },
};

/** Declaring files. */
export const attachmentPaths = {
  '/attachments': { post: declareAttachmentOperation },
};
