/**
 * The id that SendGrid's answer gave to a message, from the longer id that its events have: a server appends its own name
 * and counters, as `.filter0001.16648.…` or `.recvd-5f54b5d587-pczjm-1-….0`.
 */
export const acceptedIdOf = (eventMessageId: string): string => eventMessageId.replace(/\.(filter|recvd).*$/, '');
