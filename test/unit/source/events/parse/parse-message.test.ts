import { describe, expect, it } from '@jest/globals';
import { assert, constantFrom, dictionary, json, jsonValue, oneof, property, string } from 'fast-check';
import { parseMessage } from '../../../../../src/source/events/parse/parse-message.ts';
import { ARN, bySns, cloudTrailCall, nativeEvent, parameterEvent, serviceEvent, VERSION } from '../samples.ts';

const parse = (event: object) => parseMessage(JSON.stringify(event));
const place = { account: '012345678901', region: 'us-west-2' };
const secret = { service: 'SecretsManager', name: 'mySecret', arn: ARN, ...place };
const told = Date.UTC(2024, 1, 6, 16, 43, 48);
const called = Date.UTC(2024, 1, 6, 16, 43, 40);
const foreign = { kind: 'foreign' };
const poison = { kind: 'poison' };
const change = (expected: object) => ({ kind: 'change', change: expected });

describe('an event of', () => {
  const current = change({ ...secret, stages: ['AWSCURRENT'], versionId: VERSION, time: told });

  it('Secrets Manager itself tells name, ARN, label and version', () => {
    expect(parse(nativeEvent())).toEqual(current);
    expect(parse(nativeEvent({ labelUpdated: 'CANARY' }))).toEqual(
      change({ ...secret, stages: ['CANARY'], versionId: VERSION, time: told }),
    );
  });

  it('Secrets Manager is the same through SNS, also twice, and from another account', () => {
    expect(parse(bySns(JSON.stringify(nativeEvent())))).toEqual(current);
    expect(parse(bySns(JSON.stringify(bySns(JSON.stringify(nativeEvent())))))).toEqual(current);
    const arn = 'arn:aws:secretsmanager:us-west-2:444455556666:secret:mySecret-a1b2c3';
    expect(parse(nativeEvent({}, { account: '444455556666', resources: [arn] }))).toEqual(
      change({ ...secret, arn, account: '444455556666', stages: ['AWSCURRENT'], versionId: VERSION, time: told }),
    );
  });

  it('Secrets Manager is understood without name or ARN, as long as one of them is there', () => {
    expect(parse(nativeEvent({ name: undefined }))).toEqual(current);
    const { arn: _, ...named } = secret;
    expect(parse(nativeEvent({}, { resources: [] }))).toEqual(change({ ...named, stages: ['AWSCURRENT'], versionId: VERSION, time: told }));
    expect(parse(nativeEvent({ name: undefined }, { resources: ['arn:aws:sqs:us-west-2:012345678901:queue'] }))).toEqual(poison);
  });

  it('Parameter Store tells the name', () => {
    const parameter = {
      service: 'ParameterStore',
      name: '/app/dsn',
      arn: 'arn:aws:ssm:us-west-2:012345678901:parameter/app/dsn',
      ...place,
    };
    expect(parse(parameterEvent())).toEqual(change({ ...parameter, time: told }));
  });
});

describe('a call that CloudTrail has seen', () => {
  const whole = (expected: object = {}) => change({ ...secret, time: called, ...expected });
  const current = whole({ stages: ['AWSCURRENT'], versionId: VERSION });

  it.each(['PutSecretValue', 'UpdateSecret', 'CreateSecret'])('%s makes a current version', (name) => {
    expect(parse(cloudTrailCall(name))).toEqual(current);
  });

  it('is the same with the ARN as older records spell it', () => {
    expect(parse(cloudTrailCall('PutSecretValue', { responseElements: { aRN: ARN, versionId: VERSION } }))).toEqual(current);
  });

  it('labels what it says', () => {
    const request = { secretId: 'mySecret', versionStages: ['AWSPENDING'] };
    expect(parse(cloudTrailCall('PutSecretValue', { requestParameters: request }))).toEqual(
      whole({ stages: ['AWSPENDING'], versionId: VERSION }),
    );
    const moved = { secretId: ARN, versionStage: 'AWSCURRENT', moveToVersionId: 'v1', removeFromVersionId: 'v2' };
    expect(parse(cloudTrailCall('UpdateSecretVersionStage', { requestParameters: moved }))).toEqual(
      whole({ stages: ['AWSCURRENT'], versionId: 'v1' }),
    );
  });

  it.each(['DeleteSecret', 'RestoreSecret'])('%s concerns every version', (name) => {
    expect(parse(cloudTrailCall(name))).toEqual(whole());
  });

  it('names the secret as the caller did when nothing better is told', () => {
    const parsed = parse(cloudTrailCall('PutSecretValue', { responseElements: null }));
    expect(parsed).toEqual(change({ service: 'SecretsManager', calledBy: 'mySecret', ...place, stages: ['AWSCURRENT'], time: called }));
  });

  it('changes a parameter', () => {
    const put = { requestParameters: { name: '/app/dsn' }, responseElements: { version: 3 } };
    expect(parse(cloudTrailCall('PutParameter', put, { source: 'aws.ssm' }))).toEqual(
      change({ service: 'ParameterStore', calledBy: '/app/dsn', ...place, time: called }),
    );
  });

  it('takes a label off a parameter', () => {
    const unlabelled = { requestParameters: { name: '/app/dsn', parameterVersion: 3, labels: ['blue'] } };
    expect(parse(cloudTrailCall('UnlabelParameterVersion', unlabelled, { source: 'aws.ssm' }))).toEqual(
      change({ service: 'ParameterStore', calledBy: '/app/dsn', ...place, time: called }),
    );
  });

  it('deletes several parameters at once', () => {
    const deleted = (...names: unknown[]) => cloudTrailCall('DeleteParameters', { requestParameters: { names } }, { source: 'aws.ssm' });
    expect(parse(deleted('/app/dsn', 7, '/app/key', 'plain'))).toEqual(
      change({ service: 'ParameterStore', calledBy: '/app/dsn', alsoCalled: ['/app/key', 'plain'], ...place, time: called }),
    );
    expect(parse(deleted('/app/dsn'))).toEqual(change({ service: 'ParameterStore', calledBy: '/app/dsn', ...place, time: called }));
    expect(parse(deleted())).toEqual(poison);
  });

  it('is the end of a rotation', () => {
    expect(parse(serviceEvent('RotationSucceeded'))).toEqual(whole({ stages: ['AWSCURRENT'] }));
  });

  it.each([
    ['failed', cloudTrailCall('PutSecretValue', { errorCode: 'AccessDenied' })],
    ['only reads', cloudTrailCall('PutSecretValue', { readOnly: true })],
    ['changes no value', cloudTrailCall('TagResource')],
    ['changes the description only', cloudTrailCall('UpdateSecret', { responseElements: { arn: ARN, name: 'mySecret' } })],
    ['is a rotation that begins', serviceEvent('RotationStarted')],
    ['is a rotation that failed', serviceEvent('RotationFailed')],
    ['is of another service', cloudTrailCall('PutSecretValue', {}, { source: 'aws.s3' })],
    ['has a name like a member of every object', cloudTrailCall('constructor')],
  ])('that %s is foreign', (_title, event) => {
    expect(parse(event)).toEqual(foreign);
  });
});

describe('a message that is', () => {
  it.each([
    ['an event of another kind', { ...nativeEvent(), 'detail-type': 'EC2 Instance State-change Notification' }],
    ['of another source', nativeEvent({}, { source: 'com.example' })],
    ['the confirmation of a subscription', { Type: 'SubscriptionConfirmation', TopicArn: 'arn:aws:sns:us-west-2:012345678901:changes' }],
  ])('%s is foreign', (_title, event) => {
    expect(parse(event)).toEqual(foreign);
  });

  it.each([
    ['empty', ''],
    ['no JSON', '<xml/>'],
    ['a list', '[]'],
    ['a number', '1'],
    ['null', 'null'],
    ['of no kind', '{}'],
    ['too long', JSON.stringify({ ...nativeEvent(), padding: 'x'.repeat(70_000) })],
    ['deep', `${'['.repeat(30_000)}${']'.repeat(30_000)}`],
    ['deep in an event', JSON.stringify(nativeEvent()).replace('"mySecret"', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`)],
    ['wrapped without end', wrapped(6)],
    ['full of prototypes', '{"__proto__":{"detail-type":"Secret Label Updated"},"constructor":{"prototype":{}}}'],
    ['about a prototype', JSON.stringify({ ...nativeEvent(), detail: undefined, resources: [] })],
    ['a call about nothing', JSON.stringify(cloudTrailCall('DeleteSecret', { requestParameters: null, responseElements: null }))],
    ['about a parameter without a name', JSON.stringify({ ...parameterEvent(), detail: { name: 'x'.repeat(3_000) } })],
  ])('%s is poison, or read without its monstrous part', (title, body) => {
    const parsed = parseMessage(body);
    if (title === 'deep in an event') expect(parsed).toMatchObject({ kind: 'change', change: { name: 'mySecret', arn: ARN } });
    else expect(parsed).toEqual(poison);
    expect(({} as Record<string, unknown>)['detail-type']).toBeUndefined();
  });

  it('whatever it is, it is told apart without a throw, and names stay as short as AWS has them', () => {
    const noise = oneof(
      string(),
      json(),
      jsonValue().map((value) => JSON.stringify(value)),
    );
    assert(property(noise, (body) => ['change', 'foreign', 'poison'].includes(parseMessage(body).kind)));
    const keys = constantFrom('detail-type', 'source', 'detail', 'resources', 'account', 'region', 'time', 'Type', 'Message', 'TopicArn');
    const words = constantFrom(
      'Secret Label Updated',
      'aws.secretsmanager',
      'AWS API Call via CloudTrail',
      'PutSecretValue',
      ARN,
      '__proto__',
    );
    const event = dictionary(keys, oneof(words, jsonValue(), constantFrom(...Object.values(nativeEvent()))));
    assert(
      property(event, (fields) => {
        const parsed = parse({ ...nativeEvent(), ...fields });
        if (parsed.kind !== 'change') return;
        expect((parsed.change.name ?? parsed.change.calledBy ?? '').length).toBeGreaterThan(0);
        expect(JSON.stringify(parsed.change).length).toBeLessThan(12_000);
      }),
    );
  });
});

function wrapped(depth: number): string {
  return depth === 0 ? JSON.stringify(nativeEvent()) : JSON.stringify(bySns(wrapped(depth - 1)));
}

it('a call about a thousand parameters is about the first ten', () => {
  const names = Array.from({ length: 1_000 }, (_, index) => `n${index}`);
  const detail = { eventName: 'DeleteParameters', requestParameters: { names } };
  const parsed = parseMessage(JSON.stringify({ 'detail-type': 'AWS API Call via CloudTrail', source: 'aws.ssm', detail }));
  expect(parsed).toMatchObject({ kind: 'change', change: { calledBy: 'n0', alsoCalled: names.slice(1, 10) } });
});
