import type { Channel } from '#shared/names.ts';

/**
 * Replaces an address or number where it must not be stored. It is a keyed hash: the same address gives the same key
 * within a channel and tenant. Without the hash's key, it reveals nothing.
 */
export type RecipientKey = (tenant: string, channel: Channel, address: string) => string;
