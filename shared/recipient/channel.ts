import * as v from 'valibot';

/** Channels of notifications. */
export const channel = v.picklist(['email', 'sms', 'webhook']);
