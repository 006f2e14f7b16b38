/** Who and where the platform is: the account and region that every ARN of it carries. */

export type Identity = { region: string; accountId: string; partition: string };

export function identityOf(options: { region: string; accountId: string }): Identity {
  return { ...options, partition: partitionOf(options.region) };
}

export function functionArn(identity: Identity, functionName: string, qualifier?: string): string {
  const { partition, region, accountId } = identity;
  const unqualified = `arn:${partition}:lambda:${region}:${accountId}:function:${functionName}`;
  return qualifier === undefined ? unqualified : `${unqualified}:${qualifier}`;
}

/** Source: ARN reference; the partitions differ by the region's prefix. */
function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  if (region.startsWith('us-gov-')) return 'aws-us-gov';
  return 'aws';
}
