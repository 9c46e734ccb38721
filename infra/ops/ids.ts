import { EXIT, OpsFailure } from './exit-codes.ts';

/** Ids of dead letters, groups and redrives have this form. */
export const isDerivedId = (id: string): boolean => /^[a-z2-7]{26}$/.test(id);
/** Ids of notifications contain `_`, and no other id does. */
export const isNotificationId = (id: string): boolean => /^[a-z]+_[A-Za-z0-9_-]+_\d+-\d+$/.test(id);
const isSubscriberName = (name: string): boolean => /^[a-z][a-z0-9-]{0,63}$/.test(name);

/** A check of an argument. Another text could be another path of the API, such as `groups` or `..`. */
const checkOf =
  (isValid: (text: string) => boolean, what: string, lister: string) =>
  (text: string): string => {
    if (isValid(text)) return text;
    const where = `npm run ops -- ${lister} lists them.`;
    throw new OpsFailure(EXIT.usage, `"${text}" is not ${what}: nothing was sent. ${where}`);
  };

export const letterId = checkOf(isDerivedId, 'the id of a dead letter', 'dead-letters');
export const groupId = checkOf(isDerivedId, 'the fingerprint of a group', 'groups');
export const redriveId = checkOf(isDerivedId, 'the id of a redrive', 'redrives');
export const notificationId = checkOf(isNotificationId, 'the id of a notification', 'pending, unknown or held');
export const letterOrNotificationId = checkOf(
  (text) => isDerivedId(text) || isNotificationId(text),
  'the id of a dead letter or of a notification',
  'dead-letters, or pending, unknown and held,',
);
export const redriveOrSubscriber = checkOf(
  (text) => isDerivedId(text) || isSubscriberName(text),
  'the id of a redrive or the name of a subscriber',
  'redrives or subscribers',
);
