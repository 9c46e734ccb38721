import { createHmac } from 'node:crypto';
import type { RecipientKey } from '#shared/domain/notification/recipient-key.ts';
import type { Channel } from '#shared/names.ts';

/** 22 characters of `A-Z a-z 0-9 _ -`, 132 bits: two recipients of a tenant never meet in one key. */
const KEY_LENGTH = 22;

/**
 * Keys of recipients: keyed hashes of tenant, channel and address, under which suppressions are kept, the log
 * is filtered and feedback finds the recipient it is about. They may lie in rows for good, for without the
 * stage's secret no list of addresses can be tried against them, and one tenant's say nothing of another's.
 * An e-mail address counts the same in capitals: providers repeat it as they please.
 * @param secret the stage's.
 */
export const recipientKey =
  (secret: string): RecipientKey =>
  (tenant, channel, address) =>
    createHmac('sha256', secret)
      .update(['recipient', tenant, channel, normalised(channel, address)].join('\n'))
      .digest('base64url')
      .slice(0, KEY_LENGTH);

/** Telephone numbers are E.164 wherever they come from, which is one way to write them. */
const normalised = (channel: Channel, address: string): string =>
  channel === 'email' ? address.trim().toLowerCase() : address.trim();
