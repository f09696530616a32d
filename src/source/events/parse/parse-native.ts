/**
 * The events that the services send themselves: `Secret Label Updated` (for every label except AWSPENDING and AWSPREVIOUS) and `Parameter
 * Store Change` (https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-cwe.html). Pure.
 */
import type { ParsedMessage } from '../parsed-message.ts';
import { parseSourceArn } from '../../references/arn.ts';
import { nameInFullArn, locationOf, timeOf } from './envelope.ts';
import { recordIn, textIn, textsIn, type JsonRecord } from './json-fields.ts';

export function parseNative(event: JsonRecord): ParsedMessage {
  const detail = recordIn(event, 'detail');
  const source = textIn(event, 'source');
  if (source === 'aws.secretsmanager') return parseLabelUpdated(event, detail);
  if (source === 'aws.ssm') return parseParameterChange(event, detail);
  return { kind: 'foreign' };
}

function parseLabelUpdated(event: JsonRecord, detail: JsonRecord | undefined): ParsedMessage {
  const arn = textsIn(event, 'resources')?.find((resource) => parseSourceArn(resource)?.service === 'SecretsManager');
  const name = textIn(detail, 'name') ?? nameInFullArn(arn);
  const stage = textIn(detail, 'labelUpdated');
  if (name === undefined || stage === undefined) return { kind: 'poison' };
  const versionId = textIn(detail, 'versionId');
  const time = timeOf(textIn(event, 'time'));
  return {
    kind: 'change',
    change: {
      service: 'SecretsManager',
      name,
      stages: [stage],
      ...locationOf(event, arn),
      ...(versionId !== undefined && { versionId }),
      ...(time !== undefined && { time }),
    },
  };
}

/** The event contains neither the version nor the label. */
function parseParameterChange(event: JsonRecord, detail: JsonRecord | undefined): ParsedMessage {
  const arn = textsIn(event, 'resources')?.find((resource) => parseSourceArn(resource)?.service === 'ParameterStore');
  const name = textIn(detail, 'name');
  if (name === undefined) return { kind: 'poison' };
  const time = timeOf(textIn(event, 'time'));
  return { kind: 'change', change: { service: 'ParameterStore', name, ...locationOf(event, arn), ...(time !== undefined && { time }) } };
}
