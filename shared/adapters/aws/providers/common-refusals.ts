import type { KnownRefusal } from './known-refusal.ts';

/**
 * Errors that any AWS service may return: "Common Error Types" of the API references, and the names of the same errors
 * in older protocols. An error that is missing here is classified by its HTTP status, else as REFUSAL_UNCLEAR.
 */
export const COMMON_REFUSALS: readonly KnownRefusal[] = [
  { error: 'AccessDeniedException', code: 'PERMISSION_DENIED' },
  { error: 'NotAuthorized', code: 'PERMISSION_DENIED' },
  { error: 'UnauthorizedOperation', code: 'PERMISSION_DENIED' },
  { error: 'ExpiredTokenException', code: 'CREDENTIALS_REFUSED' },
  { error: 'IncompleteSignature', code: 'CREDENTIALS_REFUSED' },
  { error: 'InvalidAccessKeyId', code: 'CREDENTIALS_REFUSED' },
  { error: 'InvalidClientTokenId', code: 'CREDENTIALS_REFUSED' },
  { error: 'InvalidSignatureException', code: 'CREDENTIALS_REFUSED' },
  { error: 'MissingAuthenticationTokenException', code: 'CREDENTIALS_REFUSED' },
  { error: 'RequestExpired', code: 'CREDENTIALS_REFUSED' },
  { error: 'RequestTimeTooSkewed', code: 'CREDENTIALS_REFUSED' },
  { error: 'SignatureDoesNotMatch', code: 'CREDENTIALS_REFUSED' },
  { error: 'UnrecognizedClientException', code: 'CREDENTIALS_REFUSED' },
  { error: 'OptInRequired', code: 'SERVICE_NOT_ENABLED' },
  { error: 'SubscriptionRequiredException', code: 'SERVICE_NOT_ENABLED' },
  { error: 'InvalidAction', code: 'REGION_UNSUPPORTED' },
  { error: 'UnknownOperationException', code: 'REGION_UNSUPPORTED' },
  { error: 'RequestEntityTooLargeException', code: 'MESSAGE_TOO_LARGE' },
  { error: 'RequestLimitExceeded', code: 'THROTTLED' },
  { error: 'RequestThrottled', code: 'THROTTLED' },
  { error: 'ThrottlingException', code: 'THROTTLED' },
  { error: 'TooManyRequestsException', code: 'THROTTLED' },
  // These concern the call, not necessarily the message: the wrong field may be one that is the same in every message.
  { error: 'InvalidParameterCombination', code: 'REFUSAL_UNCLEAR' },
  { error: 'InvalidParameterValue', code: 'REFUSAL_UNCLEAR' },
  { error: 'InvalidQueryParameter', code: 'REFUSAL_UNCLEAR' },
  { error: 'MalformedHttpRequestException', code: 'REFUSAL_UNCLEAR' },
  { error: 'MalformedQueryString', code: 'REFUSAL_UNCLEAR' },
  { error: 'MissingAction', code: 'REFUSAL_UNCLEAR' },
  { error: 'MissingParameter', code: 'REFUSAL_UNCLEAR' },
  { error: 'ValidationError', code: 'REFUSAL_UNCLEAR' },
];
