/**
 * Events from CloudTrail: API calls, and actions of the services themselves (rotation). The position of the ARN depends on the call and on
 * the age of the record. A call that failed, or that changed no value, is foreign. Pure.
 */
import type { Change } from '../../references/change.ts';
import type { ParsedMessage } from '../parsed-message.ts';
import { nameInFullArn, locationOf, timeOf } from './envelope.ts';
import { fieldOf, recordIn, textIn, textsIn, type JsonRecord } from './json-fields.ts';

const CURRENT = ['AWSCURRENT'];

interface Call {
  readonly request: JsonRecord | undefined;
  readonly response: JsonRecord | undefined;
}

type Effect = Pick<Change, 'stages' | 'versionId'>;
/** The effect of a call. Undefined if it changed no value. */
type EffectOf = (call: Call) => Effect | undefined;

const wholeSecret: EffectOf = () => ({});
const newVersion: EffectOf = ({ request, response }) => ({ stages: textsIn(request, 'versionStages') ?? CURRENT, ...versionOf(response) });

const SECRET_CALLS: ReadonlyMap<string, EffectOf> = new Map<string, EffectOf>([
  ['CreateSecret', newVersion],
  ['PutSecretValue', newVersion],
  // Without a version in the response, only the description or the key has changed.
  [
    'UpdateSecret',
    ({ response }) =>
      response === undefined || textIn(response, 'versionId') !== undefined ? { stages: CURRENT, ...versionOf(response) } : undefined,
  ],
  ['UpdateSecretVersionStage', movedStage],
  ['DeleteSecret', wholeSecret],
  ['RestoreSecret', wholeSecret],
  ['RotationSucceeded', () => ({ stages: CURRENT })],
]);

const PARAMETER_CALLS: ReadonlySet<string> = new Set([
  'PutParameter',
  'DeleteParameter',
  'DeleteParameters',
  'LabelParameterVersion',
  'UnlabelParameterVersion',
]);

export function parseCloudTrail(event: JsonRecord): ParsedMessage {
  const detail = recordIn(event, 'detail');
  const eventName = textIn(detail, 'eventName');
  if (detail === undefined || eventName === undefined) return { kind: 'poison' };
  if (textIn(detail, 'errorCode') !== undefined || fieldOf(detail, 'readOnly') === true) return { kind: 'foreign' };
  const source = textIn(event, 'source');
  if (source === 'aws.secretsmanager') return secretChange(event, detail, eventName);
  if (source === 'aws.ssm' && PARAMETER_CALLS.has(eventName)) return parameterChange(event, detail);
  return { kind: 'foreign' };
}

function secretChange(event: JsonRecord, detail: JsonRecord, eventName: string): ParsedMessage {
  const request = recordIn(detail, 'requestParameters');
  const response = recordIn(detail, 'responseElements');
  const effect = SECRET_CALLS.get(eventName)?.({ request, response });
  if (effect === undefined) return { kind: 'foreign' };
  const subject = subjectOf(detail, request, response);
  if (subject === undefined) return { kind: 'poison' };
  return {
    kind: 'change',
    change: { service: 'SecretsManager', ...subject, ...locationOf(event, subject.arn), ...effect, ...timeOfCall(event, detail) },
  };
}

function parameterChange(event: JsonRecord, detail: JsonRecord): ParsedMessage {
  const request = recordIn(detail, 'requestParameters');
  const name = textIn(request, 'name');
  // DeleteParameters takes several names.
  const [calledBy, ...others] = name === undefined ? (textsIn(request, 'names') ?? []) : [name];
  if (calledBy === undefined) return { kind: 'poison' };
  const alsoCalled = others.length === 0 ? {} : { alsoCalled: others };
  return {
    kind: 'change',
    change: { service: 'ParameterStore', calledBy, ...alsoCalled, ...locationOf(event, undefined), ...timeOfCall(event, detail) },
  };
}

/** The response of AWS is more exact than the request of the caller. */
function subjectOf(
  detail: JsonRecord,
  request: JsonRecord | undefined,
  response: JsonRecord | undefined,
): Pick<Change, 'arn' | 'name' | 'calledBy'> | undefined {
  const added = recordIn(detail, 'additionalEventData');
  const arn = textIn(response, 'arn') ?? textIn(response, 'aRN') ?? textIn(added, 'SecretId');
  const name = textIn(response, 'name') ?? nameInFullArn(arn);
  if (name !== undefined) return { name, ...(arn !== undefined && { arn }) };
  const calledBy = arn ?? textIn(request, 'secretId') ?? textIn(request, 'name');
  return calledBy === undefined ? undefined : { calledBy };
}

function movedStage({ request, response }: Call): Effect | undefined {
  const stage = textIn(request, 'versionStage');
  if (stage === undefined) return {};
  const versionId = textIn(request, 'moveToVersionId') ?? textIn(response, 'versionId');
  return { stages: [stage], ...(versionId !== undefined && { versionId }) };
}

function versionOf(response: JsonRecord | undefined): Pick<Change, 'versionId'> {
  const versionId = textIn(response, 'versionId');
  return versionId === undefined ? {} : { versionId };
}

function timeOfCall(event: JsonRecord, detail: JsonRecord): Pick<Change, 'time'> {
  const time = timeOf(textIn(detail, 'eventTime')) ?? timeOf(textIn(event, 'time'));
  return time === undefined ? {} : { time };
}
