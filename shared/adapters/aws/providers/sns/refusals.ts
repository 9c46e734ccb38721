import type { KnownRefusal } from '../known-refusal.ts';

/**
 * Refusals of `Publish` to a phone number, from the reference of SNS. `InvalidParameter` names the parameter in its
 * text. `PhoneNumber` and `Message` belong to the message; the other parameters are the same in every message.
 */
export const SNS_REFUSALS: readonly KnownRefusal[] = [
  { error: 'OptedOutException', code: 'RECIPIENT_OPTED_OUT' },
  { error: 'InvalidParameterException', says: /\bopted out\b/i, code: 'RECIPIENT_OPTED_OUT' },
  { error: 'InvalidParameterException', says: /\bPhoneNumber Reason:/, code: 'RECIPIENT_NUMBER_INVALID' },
  { error: 'InvalidParameterException', says: /\bMessage too long\b|\bMessage Reason:/i, code: 'MESSAGE_TOO_LARGE' },
  { error: 'InvalidParameterException', says: /\bEmpty message\b/i, code: 'CONTENT_REFUSED' },
  { error: 'InvalidParameterException', code: 'REFUSAL_UNCLEAR' },
  { error: 'InvalidParameterValueException', says: /\bopted out\b/i, code: 'RECIPIENT_OPTED_OUT' },
  { error: 'InvalidParameterValueException', code: 'REFUSAL_UNCLEAR' },
  { error: 'ValidationException', code: 'REFUSAL_UNCLEAR' },
  { error: 'AuthorizationErrorException', code: 'PERMISSION_DENIED' },
  { error: 'InvalidSecurityException', code: 'CREDENTIALS_REFUSED' },
  { error: 'UserErrorException', code: 'SETUP_CONFLICT' },
  { error: 'EndpointDisabledException', code: 'SETUP_CONFLICT' },
  { error: 'PlatformApplicationDisabledException', code: 'SETUP_CONFLICT' },
  { error: 'NotFoundException', code: 'RESOURCE_MISSING' },
  { error: 'KMSAccessDeniedException', code: 'ENCRYPTION_KEY_UNUSABLE' },
  { error: 'KMSDisabledException', code: 'ENCRYPTION_KEY_UNUSABLE' },
  { error: 'KMSInvalidStateException', code: 'ENCRYPTION_KEY_UNUSABLE' },
  { error: 'KMSNotFoundException', code: 'ENCRYPTION_KEY_UNUSABLE' },
  { error: 'KMSOptInRequired', code: 'SERVICE_NOT_ENABLED' },
  { error: 'KMSThrottlingException', code: 'THROTTLED' },
  { error: 'ThrottledException', code: 'THROTTLED' },
];
