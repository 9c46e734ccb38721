import { HINTS_NAMESPACE, SCOPE } from '#shared/names.ts';
import type { Tokens } from './tokens.ts';

/**
 * Code that AppSync Events runs for each subscription, after it has verified the token’s signature, issuer and times. It
 * permits two kinds of channels. The tenant and the subject come from the token only.
 * - `/tenants/<tenant>/hints`: all changes of the tenant, for a token that may read messages.
 * - `/tenants/<tenant>/results/<subject>/<name>`: the results of the caller's own commands, also as `…/<subject>/*`.
 *
 * It is JavaScript of AppSync (APPSYNC_JS), which has no regular expressions, exceptions or `for` loops. The local cloud
 * runs the same text. `shared/live/channels.ts` writes a tenant into a segment in the same way.
 * @param audience joined by commas: `aud`, or `client_id` where a token has no `aud`. AppSync compares neither.
 */
export function onSubscribeCode({ scopePrefix }: Pick<Tokens, 'scopePrefix'>, tenantClaim: string, audience: string) {
  return `import { util } from '@aws-appsync/utils';

const AUDIENCE = '${audience}'.split(',');
const MAY_READ = ${JSON.stringify(`${scopePrefix}${SCOPE.messagesRead}`)};

const listOf = (value) => (Array.isArray(value) ? value : [value]);
const segmentOf = (tenant) => tenant.split('-').join('-d').split('_').join('-u');

export function onSubscribe(ctx) {
  const claims = ctx.identity.claims;
  const tenant = claims[${JSON.stringify(tenantClaim)}];
  const isForUs = listOf(claims.aud ?? claims.client_id).some((one) => AUDIENCE.includes(one));
  if (!tenant || !claims.sub || !isForUs) {
    util.unauthorized();
  }
  const scopes = listOf(claims.scope ?? claims.scp ?? '').join(' ').split(' ');
  const path = ctx.info.channel.segments.join('/');
  const own = \`${HINTS_NAMESPACE}/\${segmentOf(tenant)}\`;
  const isHints = path === \`\${own}/hints\` && scopes.includes(MAY_READ);
  const isResults = path.startsWith(\`\${own}/results/\${claims.sub}/\`);
  if (!isHints && !isResults) {
    util.unauthorized();
  }
}
`;
}
