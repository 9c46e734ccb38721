import { DefaultStackSynthesizer, PermissionsBoundary, type StackProps } from 'aws-cdk-lib';
import type { StageSettings } from './settings.ts';

/** What every stack of a stage has in common: account and region, bootstrap, boundary, protection and tags. */
export const stackPropsOf = (stage: string, settings: StageSettings): StackProps => ({
  // With an account and a region, the CDK itself refuses credentials of another account.
  env: { account: settings.account, region: settings.region },
  terminationProtection: settings.production,
  synthesizer: new DefaultStackSynthesizer({ qualifier: settings.bootstrapQualifier }),
  ...(settings.permissionsBoundary && {
    permissionsBoundary: PermissionsBoundary.fromName(settings.permissionsBoundary),
  }),
  // These are the tags of the stack itself. The stack adds them to its resources with `Tags`.
  tags: tagsOf(stage, settings),
});

/** Tags that show, on a bill and to a reader, which stage a resource belongs to, who is responsible and who pays. */
export const tagsOf = (
  stage: string,
  { tags: { owner, costCentre, others } = {} }: StageSettings,
): Record<string, string> => ({
  ...others,
  app: 'counterfoil',
  stage,
  ...(owner !== undefined && { owner }),
  ...(costCentre !== undefined && { 'cost-centre': costCentre }),
});
