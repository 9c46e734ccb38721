import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  Distribution,
  type DistributionProps,
  HeadersReferrerPolicy,
  HttpVersion,
  PriceClass,
  ResponseHeadersPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { CloudFrontTarget } from 'aws-cdk-lib/aws-route53-targets';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { NOT_FOUND_PATH, SAFE_HEADERS } from '../console-policy.ts';
import type { CustomDomain } from '../settings.ts';
import { addRecords } from './domain-records.ts';

/**
 * Where a browser gets the console from: a private bucket that only one distribution of CloudFront can read.
 */
export class ConsoleSite extends Construct {
  readonly bucket: Bucket;
  readonly origin: string;

  constructor(scope: Construct, id: string, { domain, policy }: { domain: CustomDomain | undefined; policy: string }) {
    super(scope, id);
    this.bucket = new Bucket(this, 'bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      // The files are public. A key of the stage would need CloudFront in its policy, and protect nothing.
      encryption: BucketEncryption.S3_MANAGED,
      // Everything in it can be built again.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const distribution = this.distribution(policy, domain);
    const host = distribution.distributionDomainName;
    this.origin = `https://${domain ? domain.name : host}`;
    if (domain) addRecords(this, domain, { alias: new CloudFrontTarget(distribution), host, hasIpv6: true });
    this.acknowledge(distribution);
  }

  private distribution(policy: string, domain: CustomDomain | undefined): Distribution {
    return new Distribution(this, 'distribution', {
      comment: 'The console of Counterfoil',
      defaultRootObject: 'index.html',
      defaultBehavior: {
        origin: S3BucketOrigin.withOriginAccessControl(this.bucket),
        viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        // CloudFront's usual caching and compression: it keeps a file as long as the file itself says.
        responseHeadersPolicy: this.headers(policy),
      },
      // S3 answers 403 for a file that does not exist, because CloudFront may read files and not list them.
      errorResponses: [
        { httpStatus: 403, responseHttpStatus: 404, responsePagePath: NOT_FOUND_PATH, ttl: Duration.seconds(10) },
      ],
      httpVersion: HttpVersion.HTTP2_AND_3,
      // Europe, North America and Israel. Browsers elsewhere are served from there.
      priceClass: PriceClass.PRICE_CLASS_100,
      ...this.domainProps(domain),
    });
  }

  private domainProps(
    domain: CustomDomain | undefined,
  ): Pick<DistributionProps, 'domainNames' | 'certificate' | 'minimumProtocolVersion'> {
    if (!domain) return {};
    return {
      domainNames: [domain.name],
      certificate: Certificate.fromCertificateArn(this, 'certificate', domain.certificate),
      minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
    };
  }

  /** The headers that the local console sends, too, and the one that only a server with TLS may send. */
  private headers(policy: string): ResponseHeadersPolicy {
    return new ResponseHeadersPolicy(this, 'headers', {
      comment: 'The console of Counterfoil',
      securityHeadersBehavior: {
        contentSecurityPolicy: { contentSecurityPolicy: policy, override: true },
        contentTypeOptions: { override: true },
        referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: true },
        strictTransportSecurity: { accessControlMaxAge: Duration.days(730), override: true },
      },
      customHeadersBehavior: {
        customHeaders: [
          {
            header: 'cross-origin-opener-policy',
            value: SAFE_HEADERS['cross-origin-opener-policy'],
            override: true,
          },
        ],
      },
    });
  }

  private acknowledge(distribution: Distribution): void {
    Validations.of(distribution).acknowledge(
      {
        id: 'AwsSolutions::AwsSolutions-CFR1',
        reason: 'People use the console from any country, and every call of the API requires a token.',
      },
      {
        id: 'AwsSolutions::AwsSolutions-CFR2',
        reason: 'The distribution serves a few public, static files and forwards nothing to a server with logic.',
      },
      {
        id: 'AwsSolutions::AwsSolutions-CFR3',
        reason:
          'The files are public. Who reads or decides something is in the access log of the API and in the audit.',
      },
      {
        id: 'AwsSolutions::AwsSolutions-CFR4',
        reason:
          'Without a domain of the stage, CloudFront uses its own certificate, whose oldest protocol cannot be set.',
      },
    );
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions::AwsSolutions-S1',
      reason: 'The files are public and contain no data. Only CloudFront and the deployment have access to the bucket.',
    });
  }
}
