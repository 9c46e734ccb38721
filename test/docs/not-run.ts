/**
 * The fenced blocks that `requests.test.ts` does not run against the local cloud, with the reasons. An entry that matches no
 * block any more fails, too.
 */
export const NOT_RUN: readonly { pages: RegExp; block: RegExp; reason: string }[] = [
  { pages: /^(README|docs\/reference\/circuit-breaker)\.md$/, block: /─>|──>/, reason: 'A drawing.' },
  {
    pages:
      /^(README|CONTRIBUTING|docs\/how-to\/live|docs\/reference\/(campaign|cost|guarantee|init|load|simulation|write-units))\.md$/,
    block: /^((\$ )?(npm ci && )?(npm (run )?(test|bench)|(FAILURES=\d+ )?node --test )| {2}doubled )/,
    reason: 'Tests and measurements, which run by themselves.',
  },
  {
    pages: /^(CONTRIBUTING|docs\/tutorial\/README)\.md$/,
    block: /^(\.ci\/run$|git rm |echo |npm run types)/m,
    reason: 'Runs all tests, or changes the project. `test/guide` and `test/change` run the changes in a copy.',
  },
  {
    pages: /^docs\/how-to\/live\.md$/,
    block: /new WebSocket/,
    reason: 'A script of a web page. `test/console/live.test.ts` runs it in a browser.',
  },
  {
    pages: /^README\.md$/,
    block: /^npm ci && npm start$/m,
    reason: 'Starts the local cloud, which this test does by itself.',
  },
  {
    pages: /^README\.md$/,
    block: /^(Counterfoil runs on this machine\.|\{"customerId":"ada","status":"registered")/,
    reason: 'A start prints these commands. `test/local/first-commands.test.ts` pastes them.',
  },
  {
    pages: /^README\.md$/,
    block: /^npm run bootstrap /,
    reason: 'Needs an AWS account. `npm run test:guide` runs these.',
  },
  {
    pages: /^docs\/how-to\/deploy\.md$/,
    block: /^(?!\$)/,
    reason: '`npm run test:guide` runs every command of this page, in order, against an emulated account.',
  },
  {
    pages: /^docs\/how-to\/(orders|sendgrid)\.md$/,
    block: /^(STAGE=\S+ )?PORT=\d+ |127\.0\.0\.1:400[12]/m,
    reason: 'Needs a local cloud of another stage. `test/guide/other-stages.test.ts` runs these.',
  },
  {
    pages: /^docs\/how-to\/dead-letters\.md$/,
    block: /^COUNTERFOIL_RELEASE=/,
    reason: 'Needs an AWS account.',
  },
  {
    pages: /^docs\/how-to\/github\.md$/,
    block: /^ *(mkdir -p \.github|aws iam )/,
    reason: 'Needs GitHub and an AWS account. `test/docs/workflow.test.ts` checks the example.',
  },
  {
    pages: /^docs\/how-to\/operate\.md$/,
    block: /^export TOKEN=/,
    reason: 'Needs an AWS account.',
  },
  {
    pages: /^docs\/how-to\/(restore|tenants|upgrade)\.md$/,
    block: /^(npm run (restore|tenants|deploy) |git checkout |counterfoil-dev-table is|Holding the|This would replace)/,
    reason: 'Needs an AWS account. `test/account` runs these commands against recorded answers.',
  },
  {
    pages: /^docs\/how-to\/runbooks\.md$/,
    block: /\b(aws|insights|waiting|row|mapping|metric|ops) /,
    reason: 'Needs the CLI of AWS. `test/slow/runbooks.test.ts` types every command of this page.',
  },
  {
    pages: /^docs\/reference\/stored-shapes\.md$/,
    block: /^aws dynamodb /,
    reason: 'Needs an AWS account and its CLI.',
  },
  {
    pages: /^docs\/reference\/local-cloud\.md$/,
    block: /^\$ curl -s \$INBOX\/sms\n.*pool\/pool-1a/,
    reason: 'Needs another setting of the stage. `test/e2e/own-cloud/end-user-messaging.test.ts` runs it.',
  },
];
