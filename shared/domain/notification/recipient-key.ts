import type { Channel } from '#shared/names.ts';

/**
 * Stands for an address or number where none may stand: a keyed hash, the same for the same address of a channel and
 * tenant, and without the key it says nothing.
 */
export type RecipientKey = (tenant: string, channel: Channel, address: string) => string;
