import { templateOf } from '#shared/notification/template.ts';

/** The message that greets a new customer. */
export const WELCOME = templateOf<Welcome>('greeting');

export type Welcome = { name: string };
