import { CfnOutput } from 'aws-cdk-lib';
import { AaaaRecord, ARecord, HostedZone, type IAliasRecordTarget, RecordTarget } from 'aws-cdk-lib/aws-route53';
import type { Construct } from 'constructs';
import type { CustomDomain } from '../settings.ts';

/** What the name of a domain leads to: for records of Route 53, and as a host name for all other DNS services. */
type Target = { alias: IAliasRecordTarget; host: string; hasIpv6?: boolean };

/** Adds the DNS records of a domain, or prints the record that a person has to add. */
export function addRecords(
  scope: Construct,
  { name, hostedZone }: CustomDomain,
  { alias, host, hasIpv6 = false }: Target,
): void {
  if (!hostedZone) {
    new CfnOutput(scope, 'record', { description: `DNS record of ${name}`, value: `${name} CNAME ${host}` });
    return;
  }
  const { id: hostedZoneId, name: zoneName } = hostedZone;
  const zone = HostedZone.fromHostedZoneAttributes(scope, 'zone', { hostedZoneId, zoneName });
  // With a dot at its end, the CDK takes the name as it is.
  const record = { zone, recordName: `${name}.`, target: RecordTarget.fromAlias(alias) };
  new ARecord(scope, 'ipv4', record);
  if (hasIpv6) new AaaaRecord(scope, 'ipv6', record);
}
