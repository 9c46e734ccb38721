import { CfnOutput, Fn, Stack, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { contentSecurityPolicy } from './console-policy.ts';
import { ConsoleFiles } from './constructs/console-files.ts';
import { ConsoleSite } from './constructs/console-site.ts';
import type { SignIn } from './constructs/sign-in.ts';
import { CONSOLE_ORIGIN_KEY, type LiveOutputs } from './outputs.ts';
import type { StageSettings } from './settings.ts';
import { stackPropsOf, tagsOf } from './stack-props.ts';
import { tryItOf } from './try-it.ts';

export type ConsoleProps = {
  stage: string;
  settings: StageSettings;
  /** Where the API of the stage is reached. */
  apiUrl: string;
  signIn: SignIn;
  /** Where changes are announced. Absent: pages read by themselves. */
  live?: LiveOutputs | undefined;
  /** Folder with the built console. */
  folder: string;
};

/**
 * The console of one stage: a private bucket, the distribution in front of it, and the files in it. It is a stack of its
 * own, because the stage's stack has almost as many resources as CloudFormation permits, and because its files change
 * without the functions (decision 59).
 */
export class ConsoleStack extends Stack {
  constructor(scope: Construct, id: string, { stage, settings, apiUrl, signIn, live, folder }: ConsoleProps) {
    super(scope, id, { ...stackPropsOf(stage, settings), description: 'Counterfoil: the console of a stage' });
    for (const [key, value] of Object.entries(tagsOf(stage, settings))) Tags.of(this).add(key, value);
    const site = new ConsoleSite(this, 'site', {
      domain: settings.console?.domain,
      policy: contentSecurityPolicy([
        apiUrl,
        originOf(signIn.tokenEndpoint),
        ...(live ? [originOf(live.url, 'wss')] : []),
      ]),
    });
    new ConsoleFiles(this, 'files', {
      bucket: site.bucket,
      folder,
      stage: { settings },
      configuration: { apiUrl, signIn, ...tryItOf(settings), ...(live && { live }) },
    });
    new CfnOutput(this, CONSOLE_ORIGIN_KEY, { value: site.origin });
  }
}

/** The origin of an address, which may be known only during the deployment. */
const originOf = (address: string, scheme = 'https'): string => `${scheme}://${Fn.select(2, Fn.split('/', address))}`;
