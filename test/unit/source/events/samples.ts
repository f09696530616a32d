// Events as in the documentation of AWS, with parameters for the parts that tests vary.
export const ARN = 'arn:aws:secretsmanager:us-west-2:012345678901:secret:mySecret-a1b2c3';
export const VERSION = 'a1b2c3d4-5678-90ab-cdef-EXAMPLE11111';
const envelope = { version: '0', id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718', account: '012345678901', region: 'us-west-2' };
const time = '2024-02-06T16:43:48Z';

export const nativeEvent = (detail: object = {}, event: object = {}): object => ({
  ...envelope,
  'detail-type': 'Secret Label Updated',
  source: 'aws.secretsmanager',
  time,
  resources: [ARN],
  detail: { name: 'mySecret', labelUpdated: 'AWSCURRENT', versionId: VERSION, ...detail },
  ...event,
});

export const parameterEvent = (name = '/app/dsn', arn = 'arn:aws:ssm:us-west-2:012345678901:parameter/app/dsn'): object => ({
  ...envelope,
  'detail-type': 'Parameter Store Change',
  source: 'aws.ssm',
  time,
  resources: [arn],
  detail: { operation: 'Update', name, type: 'SecureString', description: '' },
});

export const cloudTrailCall = (eventName: string, detail: object = {}, event: object = {}): object => ({
  ...envelope,
  'detail-type': 'AWS API Call via CloudTrail',
  source: 'aws.secretsmanager',
  time,
  resources: [],
  detail: {
    eventVersion: '1.08',
    userIdentity: { type: 'AssumedRole', accountId: '012345678901' },
    eventTime: '2024-02-06T16:43:40Z',
    eventSource: 'secretsmanager.amazonaws.com',
    eventName,
    awsRegion: 'us-west-2',
    requestParameters: { secretId: 'mySecret' },
    responseElements: { arn: ARN, name: 'mySecret', versionId: VERSION },
    readOnly: false,
    eventType: 'AwsApiCall',
    ...detail,
  },
  ...event,
});

export const serviceEvent = (eventName: string, detail: object = {}): object => ({
  ...cloudTrailCall(eventName, {
    requestParameters: null,
    responseElements: null,
    additionalEventData: { SecretId: ARN },
    eventType: 'AwsServiceEvent',
    ...detail,
  }),
  'detail-type': 'AWS Service Event via CloudTrail',
});

export const bySns = (message: string): object => ({
  Type: 'Notification',
  MessageId: '22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324',
  TopicArn: 'arn:aws:sns:us-west-2:012345678901:changes',
  Message: message,
  Timestamp: '2024-02-06T16:43:49.000Z',
});
