/**
 * Parses the body of an SQS message into a change. Pure and total: every body is a change, a foreign event or poison. EventBridge delivers the event itself,
 * also from other accounts; SNS wraps the event as text.
 */
import type { ParsedMessage } from '../parsed-message.ts';
import { parseRecord, textIn, type JsonRecord } from './json-fields.ts';
import { parseCloudTrail } from './parse-cloudtrail.ts';
import { parseNative } from './parse-native.ts';

/** In characters. Events of the two services have a few thousand. SQS permits a million, which could take half a second to parse. */
const MAX_BODY_LENGTH = 65_536;
/** An SNS topic can deliver to another topic. */
const MAX_WRAPPINGS = 3;

export function parseMessage(body: string): ParsedMessage {
  let text = body;
  for (let depth = 0; depth <= MAX_WRAPPINGS; depth += 1) {
    const record = text.length > MAX_BODY_LENGTH ? undefined : parseRecord(text);
    if (record === undefined) return { kind: 'poison' };
    const wrapped = messageOfSns(record);
    if (wrapped === undefined) return parseEvent(record);
    text = wrapped;
  }
  return { kind: 'poison' };
}

function messageOfSns(record: JsonRecord): string | undefined {
  const { Type: type, Message: message } = Object.hasOwn(record, 'TopicArn') ? record : {};
  return type === 'Notification' && typeof message === 'string' ? message : undefined;
}

function parseEvent(event: JsonRecord): ParsedMessage {
  const kind = textIn(event, 'detail-type');
  if (kind === undefined) return { kind: Object.hasOwn(event, 'TopicArn') ? 'foreign' : 'poison' };
  if (kind === 'Secret Label Updated' || kind === 'Parameter Store Change') return parseNative(event);
  if (kind === 'AWS API Call via CloudTrail' || kind === 'AWS Service Event via CloudTrail') return parseCloudTrail(event);
  return { kind: 'foreign' };
}
