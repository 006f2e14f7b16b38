/** Events of the services that invoke functions most, from what differs between them. Source of the shapes: AWS guides; types of @types/aws-lambda. */
import { createHash } from 'node:crypto';
import type { AttributeValue, DynamoDBStreamEvent, EventBridgeEvent, KinesisStreamEvent, S3Event, SNSEvent, SQSEvent } from 'aws-lambda';

const REGION = 'us-east-1';
const ACCOUNT = '000000000000';
const TIME = '2026-01-01T00:00:00.000Z';
const EPOCH_MS = Date.parse(TIME);

/** One record per message; what is no text is sent as JSON. */
export function sqsEvent(messages: readonly unknown[], { queue = 'test-queue' } = {}): SQSEvent {
  return {
    Records: messages.map((message, index) => ({
      messageId: idOf(index),
      receiptHandle: `receipt-${index}`,
      body: textOf(message),
      attributes: { ApproximateReceiveCount: '1', SentTimestamp: String(EPOCH_MS), SenderId: 'test', ApproximateFirstReceiveTimestamp: String(EPOCH_MS) },
      messageAttributes: {},
      md5OfBody: createHash('md5').update(textOf(message)).digest('hex'),
      eventSource: 'aws:sqs',
      eventSourceARN: `arn:aws:sqs:${REGION}:${ACCOUNT}:${queue}`,
      awsRegion: REGION,
    })),
  };
}

export function snsEvent(messages: readonly unknown[], { topic = 'test-topic', subject = '' } = {}): SNSEvent {
  const topicArn = `arn:aws:sns:${REGION}:${ACCOUNT}:${topic}`;
  return {
    Records: messages.map((message, index) => ({
      EventVersion: '1.0',
      EventSubscriptionArn: `${topicArn}:${idOf(index)}`,
      EventSource: 'aws:sns',
      Sns: {
        SignatureVersion: '1',
        Timestamp: TIME,
        Signature: 'test',
        SigningCertUrl: 'https://sns.test/certificate.pem',
        MessageId: idOf(index),
        Message: textOf(message),
        MessageAttributes: {},
        Type: 'Notification',
        UnsubscribeUrl: 'https://sns.test/unsubscribe',
        TopicArn: topicArn,
        Subject: subject,
        Token: '',
      },
    })),
  };
}

export function s3Event(keys: readonly string[], { bucket = 'test-bucket', eventName = 'ObjectCreated:Put', bytes = 1024 } = {}): S3Event {
  return {
    Records: keys.map((key, index) => ({
      eventVersion: '2.1',
      eventSource: 'aws:s3',
      awsRegion: REGION,
      eventTime: TIME,
      eventName,
      userIdentity: { principalId: 'test' },
      requestParameters: { sourceIPAddress: '127.0.0.1' },
      responseElements: { 'x-amz-request-id': idOf(index), 'x-amz-id-2': 'test' },
      s3: {
        s3SchemaVersion: '1.0',
        configurationId: 'test',
        bucket: { name: bucket, ownerIdentity: { principalId: 'test' }, arn: `arn:aws:s3:::${bucket}` },
        // Keys come encoded like the query of a URL, a space as plus.
        object: { key: encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/'), size: bytes, eTag: '0'.repeat(32), sequencer: idOf(index) },
      },
    })),
  };
}

export function eventBridgeEvent<DetailType extends string, Detail>(detailType: DetailType, detail: Detail, { source = 'test' } = {}): EventBridgeEvent<DetailType, Detail> {
  return { id: idOf(0), version: '0', account: ACCOUNT, time: TIME, region: REGION, resources: [], source, 'detail-type': detailType, detail };
}

/** Texts and bytes as they are, everything else as JSON. */
export function kinesisEvent(data: readonly unknown[], { stream = 'test-stream' } = {}): KinesisStreamEvent {
  const arn = `arn:aws:kinesis:${REGION}:${ACCOUNT}:stream/${stream}`;
  return {
    Records: data.map((datum, index) => ({
      awsRegion: REGION,
      eventID: `shardId-000000000000:${index}`,
      eventName: 'aws:kinesis:record',
      eventSource: 'aws:kinesis',
      eventSourceARN: arn,
      eventVersion: '1.0',
      invokeIdentityArn: `arn:aws:iam::${ACCOUNT}:role/test`,
      kinesis: {
        approximateArrivalTimestamp: EPOCH_MS / 1000,
        data: (datum instanceof Uint8Array ? Buffer.from(datum) : Buffer.from(textOf(datum))).toString('base64'),
        kinesisSchemaVersion: '1.0',
        partitionKey: 'test',
        sequenceNumber: String(index),
      },
    })),
  };
}

export type ItemChange = { keys: Record<string, AttributeValue>; before?: Record<string, AttributeValue>; after?: Record<string, AttributeValue> };

/** An item that was not there before is inserted, one that is not there afterwards removed. */
export function dynamoDbEvent(changes: readonly ItemChange[], { table = 'test-table' } = {}): DynamoDBStreamEvent {
  return {
    Records: changes.map(({ keys, before, after }, index) => ({
      awsRegion: REGION,
      eventID: idOf(index),
      eventName: before === undefined ? 'INSERT' : after === undefined ? 'REMOVE' : 'MODIFY',
      eventSource: 'aws:dynamodb',
      eventSourceARN: `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${table}/stream/${TIME}`,
      eventVersion: '1.1',
      dynamodb: {
        ApproximateCreationDateTime: EPOCH_MS / 1000,
        Keys: keys,
        ...(before === undefined ? {} : { OldImage: before }),
        ...(after === undefined ? {} : { NewImage: after }),
        SequenceNumber: String(index),
        SizeBytes: JSON.stringify({ keys, before, after }).length,
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
    })),
  };
}

function idOf(index: number): string {
  return `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
