import { createHmac } from 'node:crypto';
import type { Channel } from '#shared/names.ts';

/**
 * Replaces an address or number where it must not be stored. It is a keyed hash: the same address gives the same key
 * within a channel and tenant. Without the hash's key, it reveals nothing.
 */
export type RecipientKey = (tenant: string, channel: Channel, address: string) => string;

/** 22 characters of `A-Z a-z 0-9 _ -`, 132 bits: enough that no two recipients of a tenant get the same key. */
const KEY_LENGTH = 22;

/**
 * Keys of recipients: keyed hashes of tenant, channel and address. Suppressions are stored under them, the log is
 * filtered by them, and feedback finds its recipient by them. Rows may store them permanently, because a list of
 * addresses cannot be tried against them without the stage's secret, and one tenant's keys reveal nothing about
 * another's. Capital letters in e-mail addresses are ignored, because providers may change them.
 * @param secret the stage's.
 */
export const recipientKey =
  (secret: string): RecipientKey =>
  (tenant, channel, address) =>
    createHmac('sha256', secret)
      .update(['recipient', tenant, channel, normalised(channel, address)].join('\n'))
      .digest('base64url')
      .slice(0, KEY_LENGTH);

/** Telephone numbers are always E.164, which has exactly one notation for each number. */
const normalised = (channel: Channel, address: string): string =>
  channel === 'email' ? address.trim().toLowerCase() : address.trim();
