// The XML responses of query-protocol services.
import { randomUUID } from 'node:crypto';
import type { AwsError } from '../aws-error.ts';
import type { Reply } from '../reply.ts';

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

export interface XmlTree {
  readonly [element: string]: string | number | XmlTree | undefined;
}

export function render(tree: XmlTree): string {
  return Object.entries(tree)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `<${name}>${typeof value === 'object' ? render(value) : escape(String(value))}</${name}>`)
    .join('');
}

const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);

export function success(action: string, result: XmlTree): Reply {
  const inner = render({ [`${action}Result`]: result, ResponseMetadata: { RequestId: randomUUID() } });
  return { status: 200, contentType: 'text/xml', body: `<${action}Response xmlns="${NAMESPACE}">${inner}</${action}Response>` };
}

export function failure(error: AwsError): Reply {
  const inner = render({
    Error: { Type: error.status >= 500 ? 'Receiver' : 'Sender', Code: error.code, Message: error.message },
    RequestId: randomUUID(),
  });
  return {
    status: error.status,
    contentType: 'text/xml',
    body: `<ErrorResponse xmlns="${NAMESPACE}">${inner}</ErrorResponse>`,
    errorCode: error.code,
  };
}
