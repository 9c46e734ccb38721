import { CannotRun, messageOf } from '../base/failure.ts';

/** What AppSync Events gives to the code of a namespace when a client subscribes. */
export type SubscribeContext = {
  identity: { sub: unknown; issuer: unknown; claims: Record<string, unknown> };
  info: { channel: { path: string; segments: string[] }; channelNamespace: { name: string }; operation: 'SUBSCRIBE' };
};

/** Ends without an error if the client may subscribe. @throws Unauthorized if it may not. */
export type OnSubscribe = (context: SubscribeContext) => void;

/** What `util.unauthorized()` throws. */
export class Unauthorized extends Error {
  override readonly name = 'Unauthorized';
}

/** The part of `@aws-appsync/utils` that our code uses. */
const util = {
  unauthorized: (): never => {
    throw new Unauthorized('You are not authorized to make this call.');
  },
};

const IMPORT = /^import \{ util \} from '@aws-appsync\/utils';$/m;

/**
 * Loads the code of a namespace, the same text that AppSync runs. Its only import is replaced.
 * @throws CannotRun if the code has another form.
 */
export function loadHandler(code: string): OnSubscribe {
  if (!IMPORT.test(code)) throw new CannotRun('The code of the channels must import util, and nothing else.');
  const body = code.replace(IMPORT, '').replace(/^export /gm, '');
  try {
    return new Function('util', `'use strict';${body}; return onSubscribe;`)(util);
  } catch (cause) {
    throw new CannotRun(`The code of the channels cannot be run: ${messageOf(cause)}.`, { cause });
  }
}
