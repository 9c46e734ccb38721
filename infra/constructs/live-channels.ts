import { Fn } from 'aws-cdk-lib';
import { AppSyncAuthorizationType, ChannelNamespace, Code, EventApi } from 'aws-cdk-lib/aws-appsync';
import { Construct } from 'constructs';
import { HINTS_NAMESPACE } from '#shared/names.ts';
import type { LiveOutputs } from '../outputs.ts';
import { onSubscribeCode } from './on-subscribe.ts';
import type { Stage } from './stage.ts';
import type { Tokens } from './tokens.ts';

/**
 * The channels on which pages learn about changes: an event API of AppSync. Clients subscribe over a WebSocket, with the
 * token that they use for the HTTP API. Only functions with a permission publish.
 */
export class LiveChannels extends Construct {
  /** Resource of the permission to publish. */
  readonly arn: string;
  /** Address to which events are published. */
  readonly publishUrl: string;
  readonly outputs: LiveOutputs;

  constructor(scope: Construct, id: string, { stage, tokens }: { stage: Stage; tokens: Tokens }) {
    super(scope, id);
    const { tenantClaim } = stage.settings.jwt;
    // OIDC for the stage's own pool, too: AppSync's mode for user pools expects a user, and a machine client is none.
    const clients = AppSyncAuthorizationType.OIDC;
    const functions = AppSyncAuthorizationType.IAM;
    const api = new EventApi(this, 'api', {
      apiName: `counterfoil-${stage.name}`,
      authorizationConfig: {
        authProviders: [
          { authorizationType: clients, openIdConnectConfig: { oidcProvider: tokens.issuer } },
          { authorizationType: functions },
        ],
        connectionAuthModeTypes: [clients],
        defaultPublishAuthModeTypes: [functions],
        defaultSubscribeAuthModeTypes: [clients],
      },
    });
    const namespace = new ChannelNamespace(this, 'channels', {
      api,
      channelNamespaceName: HINTS_NAMESPACE,
      code: Code.fromInline(onSubscribeCode(tokens, tenantClaim, Fn.join(',', tokens.audience))),
    });
    this.arn = namespace.channelNamespaceArn;
    this.publishUrl = `https://${api.httpDns}/event`;
    this.outputs = { url: `wss://${api.realtimeDns}/event/realtime`, host: api.httpDns, tenantClaim };
  }
}
