import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { contentSecurityPolicy } from '#infra/console-policy.ts';
import type { StageSettings } from '#infra/settings.ts';
import { InvalidStage, settingsOf, validated } from '#infra/stages.ts';
import { consoleTemplateWith, resourcesOf, type Template, templateWith } from '#test/support/template.ts';

const ACCOUNT = '111122223333';
const ZONE = { id: 'Z0123456789ABCDEFGHIJ', name: 'shop.org' };
const certificateIn = (region: string, account = ACCOUNT): string =>
  `arn:aws:acm:${region}:${account}:certificate/12345678-1234-1234-1234-123456789012`;
const CONSOLE = { name: 'console.shop.org', certificate: certificateIn('us-east-1'), hostedZone: ZONE };
const API = { name: 'api.shop.org', certificate: certificateIn('eu-central-1'), hostedZone: ZONE };

const named = (settings: StageSettings): StageSettings => ({
  ...settings,
  console: { domain: CONSOLE },
  api: { ...settings.api, domain: API },
});

const ISSUER: StageSettings['jwt'] = {
  kind: 'issuer',
  issuer: 'https://issuer.shop.org/',
  audience: ['api'],
  scopePrefix: 'api/',
  tenantClaim: 'tenant',
};
const SIGN_IN = {
  clientId: 'console',
  authorizationEndpoint: 'https://issuer.shop.org/authorize',
  tokenEndpoint: 'https://tokens.shop.org/token',
  endSessionEndpoint: 'https://issuer.shop.org/logout',
};

const only = (template: Template, type: string): Record<string, unknown> => {
  const [[, { Properties }] = assert.fail(`no ${type}`), ...others] = resourcesOf(template, type);
  assert.deepEqual(others, []);
  return Properties;
};

type Distribution = {
  Aliases?: string[];
  ViewerCertificate?: object;
  HttpVersion: string;
  PriceClass: string;
  DefaultRootObject: string;
  CustomErrorResponses: object[];
  Origins: { OriginAccessControlId?: object }[];
  DefaultCacheBehavior: { ViewerProtocolPolicy: string; Compress: boolean };
};
const distributionOf = (template: Template): Distribution =>
  only(template, 'AWS::CloudFront::Distribution').DistributionConfig as Distribution;

/** Values of another stack and of the deployment, by their names. */
const readable = (value: unknown): string =>
  JSON.stringify(value)
    .replaceAll(
      /\{"Fn::GetStackOutput":\{[^}]*"OutputName":"PublishOutput(?:FnGetAtt|Ref)([a-z]+)[^"]*"\}\}/g,
      '"<$1>"',
    )
    .replaceAll('\\"', '"');

const policyOf = (template: Template): string => {
  const { ResponseHeadersPolicyConfig: config } = only(template, 'AWS::CloudFront::ResponseHeadersPolicy') as {
    ResponseHeadersPolicyConfig: { SecurityHeadersConfig: { ContentSecurityPolicy: object } };
  };
  return readable(config.SecurityHeadersConfig.ContentSecurityPolicy);
};

describe('the console of a stage', () => {
  const template = consoleTemplateWith('prod');

  it('has these resources', () => {
    const types = Object.values(template.Resources).map(({ Type }) => Type);
    assert.deepEqual(types.sort(), [
      'AWS::CloudFront::Distribution',
      'AWS::CloudFront::OriginAccessControl',
      'AWS::CloudFront::ResponseHeadersPolicy',
      'AWS::IAM::Policy',
      'AWS::IAM::Role',
      'AWS::Lambda::Function',
      'AWS::Lambda::LayerVersion',
      'AWS::Lambda::LayerVersion',
      'AWS::Logs::LogGroup',
      'AWS::S3::Bucket',
      'AWS::S3::BucketPolicy',
      'Custom::CDKBucketDeployment',
      'Custom::CDKBucketDeployment',
    ]);
  });

  it('has a private, encrypted bucket that only its distribution reads, and over TLS only', () => {
    const { PublicAccessBlockConfiguration: blocked, BucketEncryption: encryption } = only(template, 'AWS::S3::Bucket');
    assert.deepEqual(new Set(Object.values(blocked as object)), new Set([true]));
    assert.match(JSON.stringify(encryption), /AES256/);
    const { PolicyDocument } = only(template, 'AWS::S3::BucketPolicy') as {
      PolicyDocument: { Statement: { Effect: string; Principal: object; Action: string; Condition: object }[] };
    };
    const statements = PolicyDocument.Statement.map(({ Effect, Principal, Action }) => ({ Effect, Principal, Action }));
    assert.deepEqual(statements, [
      { Effect: 'Deny', Principal: { AWS: '*' }, Action: 's3:*' },
      { Effect: 'Allow', Principal: { Service: 'cloudfront.amazonaws.com' }, Action: 's3:GetObject' },
    ]);
    const [deny, allow] = PolicyDocument.Statement;
    assert.deepEqual(deny?.Condition, { Bool: { 'aws:SecureTransport': 'false' } });
    assert.match(JSON.stringify(allow?.Condition), /AWS:SourceArn.*:distribution\/.*sitedistribution/);
  });

  it('is served over TLS, HTTP/2 and HTTP/3, compressed, and says 404 for a missing file', () => {
    const { DefaultCacheBehavior: behavior, ...distribution } = distributionOf(template);
    assert.equal(distribution.HttpVersion, 'http2and3');
    assert.equal(distribution.PriceClass, 'PriceClass_100');
    assert.equal(distribution.DefaultRootObject, 'index.html');
    assert.deepEqual([behavior.ViewerProtocolPolicy, behavior.Compress], ['redirect-to-https', true]);
    assert.deepEqual(distribution.CustomErrorResponses, [
      { ErrorCode: 403, ResponseCode: 404, ResponsePagePath: '/not-found.html', ErrorCachingMinTTL: 10 },
    ]);
    assert.ok(distribution.Origins.every(({ OriginAccessControlId }) => OriginAccessControlId));
  });

  it('has the policy of the local console: it calls the API, the token endpoint and the channels of changes, and nothing else', () => {
    const [before = '', after = ''] = contentSecurityPolicy(['<>']).split('<>');
    const policy = policyOf(template);
    assert.ok(policy.includes(before) && policy.includes(after), policy);
    assert.match(
      policy,
      /'self' ","<apihttpapi>"," https:\/\/",\{"Fn::Select":\[2,.*"<tokenspooldomain>",".auth.eu-central-1/,
    );
    assert.match(policy, / wss:\/\/",\{"Fn::Select":\[2,.*realtime/);
  });

  it('copies the files that are named by their content first, and they never change', () => {
    const copies = resourcesOf(template, 'Custom::CDKBucketDeployment');
    const [[first, assets] = assert.fail(), [, entries] = assert.fail()] = copies;
    assert.deepEqual(assets.Properties.SystemMetadata, { 'cache-control': 'public, max-age=31536000, immutable' });
    assert.deepEqual([assets.Properties.Exclude, assets.Properties.Include], [['*'], ['assets/*']]);
    assert.deepEqual(entries.Properties.SystemMetadata, { 'cache-control': 'no-cache' });
    assert.deepEqual(entries.Properties.Exclude, ['assets/*']);
    assert.ok(entries.DependsOn?.includes(first));
    // An open page of an earlier release still loads its parts.
    for (const [, { Properties }] of copies) assert.equal(Properties.Prune, false);
  });

  it('writes the addresses and the client of the stage into config.json', () => {
    const [, [, entries] = assert.fail()] = resourcesOf(template, 'Custom::CDKBucketDeployment');
    const markers = readable(entries?.Properties.SourceMarkers);
    for (const name of ['apihttpapi', 'tokenspoolpeople', 'tokenspooldomain', 'hintsliveapi'])
      assert.ok(markers.includes(`<${name}>`), name);
  });

  it('shows its origin to npm run deploy, and is protected like the stage', () => {
    assert.match(JSON.stringify(template.Outputs?.consoleOrigin?.Value), /https:\/\/.*sitedistribution.*DomainName/);
  });
});

describe('the stage of a console without a domain', () => {
  const template = templateWith('prod', (settings) => settings);
  const origin = { Ref: 'ConsoleOrigin' };

  it('has the origin as a parameter, which names no page until npm run deploy sets it', () => {
    assert.equal(template.Parameters?.ConsoleOrigin?.Default, 'https://console.invalid');
  });

  it('lets the console call the API, upload attachments, and get people back after sign-in and sign-out', () => {
    const { CorsConfiguration: cors } = only(template, 'AWS::ApiGatewayV2::Api') as {
      CorsConfiguration: { AllowOrigins: unknown };
    };
    assert.deepEqual(cors.AllowOrigins, [origin]);
    const { CorsConfiguration: uploads } = only(template, 'AWS::S3::Bucket');
    assert.deepEqual(uploads, {
      CorsRules: [
        {
          AllowedOrigins: [origin],
          AllowedMethods: ['PUT'],
          AllowedHeaders: ['content-type', 'x-amz-checksum-sha256'],
          MaxAge: 7200,
        },
      ],
    });
    const people = resourcesOf(template, 'AWS::Cognito::UserPoolClient').find(([id]) =>
      id.startsWith('tokenspoolpeople'),
    );
    const page = { 'Fn::Join': ['', [origin, '/']] };
    assert.deepEqual([people?.[1].Properties.CallbackURLs, people?.[1].Properties.LogoutURLs], [[page], [page]]);
  });

  it('has one resource more than without the console: the client through which people sign in', () => {
    const without = templateWith('prod', ({ console: _, ...settings }) => settings);
    const added = Object.keys(template.Resources).filter((id) => !Object.hasOwn(without.Resources, id));
    assert.deepEqual(
      added.map((id) => template.Resources[id]?.Type),
      ['AWS::Cognito::UserPoolClient'],
    );
  });

  it('keeps the origins and the pages that the settings name', () => {
    const changed = templateWith('dev', (settings) => ({
      ...settings,
      api: { ...settings.api, origins: ['https://other.shop.org'] },
      jwt: { ...settingsOf('local').jwt, callbackUrls: ['https://other.shop.org/in'] } as StageSettings['jwt'],
    }));
    const text = JSON.stringify(changed);
    assert.match(text, /"AllowOrigins":\["https:\/\/other.shop.org",\{"Ref":"ConsoleOrigin"\}\]/);
    assert.match(text, /"CallbackURLs":\["https:\/\/other.shop.org\/in",\{"Fn::Join"/);
  });
});

describe('a stage with domains of its own', () => {
  it('serves the console under its name, with its certificate and both records', () => {
    const template = consoleTemplateWith('prod', named);
    const { Aliases, ViewerCertificate } = distributionOf(template);
    assert.deepEqual(Aliases, ['console.shop.org']);
    assert.deepEqual(ViewerCertificate, {
      AcmCertificateArn: CONSOLE.certificate,
      MinimumProtocolVersion: 'TLSv1.2_2021',
      SslSupportMethod: 'sni-only',
    });
    const records = resourcesOf(template, 'AWS::Route53::RecordSet').map(
      ([, { Properties }]) => `${Properties.Name} ${Properties.Type} ${Properties.HostedZoneId}`,
    );
    assert.deepEqual(records.sort(), [`console.shop.org. A ${ZONE.id}`, `console.shop.org. AAAA ${ZONE.id}`]);
    assert.match(policyOf(template), /connect-src 'self' https:\/\/api.shop.org https:\/\//);
  });

  it('serves the API under its name, and needs no parameter, because the console’s origin is known', () => {
    const template = templateWith('prod', named);
    assert.equal(template.Parameters?.ConsoleOrigin, undefined);
    const { DomainName, DomainNameConfigurations: [endpoint] = [] } = only(
      template,
      'AWS::ApiGatewayV2::DomainName',
    ) as { DomainName: string; DomainNameConfigurations?: { CertificateArn: string; SecurityPolicy: string }[] };
    assert.equal(DomainName, 'api.shop.org');
    assert.deepEqual([endpoint?.CertificateArn, endpoint?.SecurityPolicy], [API.certificate, 'TLS_1_2']);
    only(template, 'AWS::ApiGatewayV2::ApiMapping');
    assert.equal(only(template, 'AWS::Route53::RecordSet').Name, 'api.shop.org.');
    assert.equal(template.Outputs?.apiUrl?.Value, 'https://api.shop.org');
    const text = JSON.stringify(template);
    assert.match(text, /"AllowOrigins":\["https:\/\/console.shop.org"\]/);
    assert.match(text, /"CallbackURLs":\["https:\/\/console.shop.org\/"\]/);
    const { Value: outputs } = template.Outputs?.outputs ?? {};
    assert.match(JSON.stringify(outputs), /consoleUrl.{1,9}https:\/\/console.shop.org\//);
  });

  it('prints the records that a person adds if no hosted zone is named', () => {
    const { hostedZone: _, ...console } = CONSOLE;
    const { hostedZone: __, ...api } = API;
    const change = (settings: StageSettings): StageSettings => ({
      ...settings,
      console: { domain: console },
      api: { ...settings.api, domain: api },
    });
    for (const template of [templateWith('prod', change), consoleTemplateWith('prod', change)]) {
      assert.deepEqual(resourcesOf(template, 'AWS::Route53::RecordSet'), []);
      assert.match(JSON.stringify(template.Outputs), /"(api|console).shop.org CNAME "/);
    }
  });
});

describe('the console of a stage with an existing issuer', () => {
  const withIssuer = (settings: StageSettings): StageSettings => ({
    ...settings,
    jwt: ISSUER,
    console: { signIn: SIGN_IN },
  });

  it('signs people in at the issuer’s endpoints, and may call its token endpoint', () => {
    const template = consoleTemplateWith('dev', withIssuer);
    assert.match(
      policyOf(template),
      / https:\/\/",\{"Fn::Select":\[2,.*tokens.shop.org| https:\/\/tokens.shop.org[; ]/,
    );
  });
});

const faultsOf = (change: (settings: StageSettings) => object, stage = 'prod'): string[] => {
  try {
    validated(stage, change(settingsOf(stage)));
  } catch (error) {
    if (error instanceof InvalidStage) return error.faults;
    throw error;
  }
  return [];
};

describe('settings of the console and of domains are refused', () => {
  const withConsole = (domain: object) => (settings: StageSettings) => ({ ...settings, console: { domain } });
  const withApi = (domain: object) => (settings: StageSettings) => ({ ...settings, api: { ...settings.api, domain } });
  const faults: [what: string, change: (settings: StageSettings) => object, fault: string][] = [
    [
      'a certificate of the console outside us-east-1',
      withConsole({ ...CONSOLE, certificate: certificateIn('eu-central-1') }),
      'console.domain.certificate is in eu-central-1, and CloudFront reads certificates in us-east-1 only; request one there.',
    ],
    [
      'a certificate of the API in another region',
      withApi({ ...API, certificate: certificateIn('us-east-1') }),
      'api.domain.certificate is in us-east-1, but the stage is in eu-central-1; use one of the stage’s region.',
    ],
    [
      'a certificate of another account',
      withConsole({ ...CONSOLE, certificate: certificateIn('us-east-1', '999900001111') }),
      'console.domain.certificate belongs to account 999900001111, and the stage to 111122223333; use one of the stage’s account.',
    ],
    [
      'a name outside the hosted zone',
      withConsole({ ...CONSOLE, name: 'console.other.org' }),
      'console.domain.hostedZone: console.other.org is not in the zone shop.org; name the zone of its records.',
    ],
    [
      'a name that only ends like the zone',
      withApi({ ...API, name: 'myshop.org' }),
      'api.domain.hostedZone: myshop.org is not in the zone shop.org; name the zone of its records.',
    ],
    [
      'one name for both',
      (settings) => ({ ...named(settings), console: { domain: { ...CONSOLE, name: API.name } } }),
      'console.domain.name and api.domain.name are both api.shop.org; give each its own name.',
    ],
    [
      'a URL as a name',
      withConsole({ ...CONSOLE, name: 'https://console.shop.org' }),
      'console.domain.name: must be a host name in lower case without https:// and without a path, like console.shop.org.',
    ],
    [
      'something else than a certificate',
      withApi({ ...API, certificate: 'certificate-1' }),
      'api.domain.certificate: must be the ARN of a certificate of AWS Certificate Manager (arn:aws:acm:<region>:<account>:certificate/<id>).',
    ],
    [
      'something else than a hosted zone',
      withApi({ ...API, hostedZone: { id: '/hostedzone/Z1', name: 'shop.org' } }),
      'api.domain.hostedZone.id: must be the id of a hosted zone, like Z0123456789ABCDEFGHIJ.',
    ],
    [
      'a sign-in beside the stage’s own pool',
      (settings) => ({ ...settings, console: { signIn: SIGN_IN } }),
      'console.signIn is for a stage with an existing issuer; the stage’s own pool has a client for it: leave it out.',
    ],
    [
      'no sign-in with an existing issuer',
      (settings) => ({ ...settings, jwt: ISSUER }),
      'console.signIn is missing: people sign in at jwt.issuer, so name the console’s client there and the issuer’s endpoints.',
    ],
    [
      'a client whose tokens the API refuses',
      (settings) => ({
        ...settings,
        jwt: { ...ISSUER, audience: undefined, clientIds: ['shop'] },
        console: { signIn: SIGN_IN },
      }),
      'console.signIn.clientId: jwt.clientIds does not name console, so the API would refuse its tokens; add it.',
    ],
    [
      'an endpoint without TLS',
      (settings) => ({
        ...settings,
        jwt: ISSUER,
        console: { signIn: { ...SIGN_IN, tokenEndpoint: 'http://issuer.shop.org/token' } },
      }),
      'console.signIn.tokenEndpoint: must be an https URL without a fragment, as the issuer’s /.well-known/openid-configuration names it.',
    ],
    [
      'a region that CloudFront does not serve',
      ({ sms: _, ...settings }) => ({ ...settings, sms: settingsOf('dev').sms, region: 'cn-north-1' }),
      'console: cn-north-1 belongs to aws-cn, which the global CloudFront does not serve; leave it out.',
    ],
  ];
  for (const [what, change, fault] of faults) {
    it(what, () => assert.deepEqual(faultsOf(change), [`Stage "prod", ${fault}`]));
  }

  it('and correct ones are accepted', () => assert.deepEqual(faultsOf(named), []));
});
