import { CfnParameter, type Stack } from 'aws-cdk-lib';
import type { StageSettings } from '../settings.ts';
import type { Stage } from './stage.ts';

/**
 * Parameter of the stack with the origin of a console that CloudFront names. The name is known only after the console's
 * stack exists, which needs this stack first. So `npm run deploy` sets the parameter when it has deployed both (decision
 * 59), and later deployments keep its value.
 */
export const CONSOLE_ORIGIN_PARAMETER = 'ConsoleOrigin';
/** The origin of no page: the top-level domain `invalid` does not exist (RFC 2606). */
export const NO_ORIGIN = 'https://console.invalid';

/** The origin of the stage's console; undefined if the stage has none. */
export function consoleOriginOf(stack: Stack, { console }: StageSettings): string | undefined {
  if (!console) return undefined;
  if (console.domain) return `https://${console.domain.name}`;
  return new CfnParameter(stack, CONSOLE_ORIGIN_PARAMETER, {
    type: 'String',
    default: NO_ORIGIN,
    allowedPattern: '^https://[a-z0-9.-]+$',
    description: 'Origin of the console that CloudFront serves. Only npm run deploy sets it.',
  }).valueAsString;
}

/** Origins of the web pages that may call the stage: those of its settings, and the console. */
export function pageOriginsOf({ settings: { api }, consoleOrigin }: Stage): string[] {
  const origins = new Set([...(api.origins ?? []), ...(consoleOrigin === undefined ? [] : [consoleOrigin])]);
  return origins.has('*') ? ['*'] : [...origins];
}
