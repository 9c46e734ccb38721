import { ApiMapping, DomainName, type HttpApi, SecurityPolicy } from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { ApiGatewayv2DomainProperties } from 'aws-cdk-lib/aws-route53-targets';
import { Construct } from 'constructs';
import type { CustomDomain } from '../settings.ts';
import { addRecords } from './domain-records.ts';

/**
 * The API under a name of the stage's own, so that its URL stays the same with another API. The name that API Gateway
 * gives remains valid, too.
 */
export class ApiDomain extends Construct {
  constructor(scope: Construct, id: string, { api, domain }: { api: HttpApi; domain: CustomDomain }) {
    super(scope, id);
    const name = new DomainName(this, 'name', {
      domainName: domain.name,
      certificate: Certificate.fromCertificateArn(this, 'certificate', domain.certificate),
      securityPolicy: SecurityPolicy.TLS_1_2,
    });
    new ApiMapping(this, 'mapping', { api, domainName: name });
    const target = new ApiGatewayv2DomainProperties(name.regionalDomainName, name.regionalHostedZoneId);
    addRecords(this, domain, { alias: target, host: name.regionalDomainName });
  }
}
