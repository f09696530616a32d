/**
 * The message of a failure for one reader: what failed, where, with which identity, and what to do. Pure; equal failures give equal texts.
 */
import { entryOf, type Failure, type FactualFailure, type TextFailure } from '../failure/failure.ts';
import { failureReasons, type FailureReason } from '../failure/reasons.ts';
import { awsMessages } from './aws-messages.ts';
import { fit, say, type Piece } from './fit.ts';
import { kubeMessages } from './kube-messages.ts';
import type { Message } from './wording.ts';
import { otherEntries } from './other-entries.ts';
import { isForeign, mayShowIdentity, type Reader } from './reader.ts';
import { quoted, placeholderOf } from './words.ts';
import { writeMessage } from './write-messages.ts';

/** UTF-16 units. */
export const MAX_MESSAGE = 300;

/** What failed and what to do, for conditions and Events. */
export function messageFor(failure: Failure, reader: Reader): string {
  const { said, action } = wordsFor(failure, reader);
  return fit(say`${said}; ${action}`, MAX_MESSAGE);
}

/** What failed, without the action: for log lines. */
export function sentenceFor(failure: Failure, reader: Reader): string {
  return fit(wordsFor(failure, reader).said, MAX_MESSAGE);
}

function wordsFor(failure: Failure, reader: Reader): Message {
  const words = wordsAnywhere(failure, reader);
  const place = words === WITHHELD ? undefined : entryOf(failure);
  const entry: readonly Piece[] = place === undefined ? [] : [placeholderOf('entry', place), ': '];
  return { said: [...entry, ...words.said, otherEntries(failure.others ?? 0)], action: words.action };
}

/** The words without the place in the specification. */
function wordsAnywhere(failure: Failure, reader: Reader): Message {
  if (isOfStore(failure, reader)) return WITHHELD;
  return failure.facts === undefined ? textual(failure) : factual(failure, reader);
}

/** Whether the text names the credentials of a ClusterSecretStore. Only the store shows them. */
function isOfStore({ during, facts, through }: Failure, reader: Reader): boolean {
  const view = { reader, through };
  if (during !== 'credentials' || !isForeign(view)) return false;
  // A role belongs to the store, unless an annotation of a ServiceAccount names it.
  const isRoleOfStore = facts?.resource?.type === 'role' && facts.operation === 'AssumeRole';
  return isRoleOfStore || !mayShowIdentity(view, facts?.identity);
}

const WITHHELD: Message = { said: ['the ClusterSecretStore got no credentials'], action: 'the conditions of the store say why' };

function textual({ reason, message }: TextFailure): Message {
  return { said: [placeholderOf('text', message)], action: failureReasons[reason].hint };
}

function factual(failure: FactualFailure, reader: Reader): Message {
  const { reason, facts, because } = failure;
  const action = failureReasons[reason].hint;
  if (because !== undefined) return following(failure, because, reader);
  const message = writeMessage(reason, facts) ?? awsMessages[reason] ?? kubeMessages[reason];
  return message?.(facts, { reader, through: failure.through }) ?? { said: [reason], action };
}

const QUEUE_ACTION = 'polls go on: check the URL of the queue, and allow sqs:ReceiveMessage, DeleteMessage and ChangeMessageVisibility';
/** Causes for which the URL of the queue or its permissions may be wrong. */
const REPAIRED_AT_THE_QUEUE: ReadonlySet<FailureReason> = new Set(['AccessDenied', 'RemoteSecretNotFound', 'AWSRequestRefused']);

/** Texts that are shorter than the hints, because the cause comes before them. */
const FOLLOWING: Readonly<Partial<Record<FailureReason, string>>> = {
  RestartFailed: 'remove this cause; the operator tries again automatically',
};

const STORES: ReadonlySet<string> = new Set(['SecretStore', 'ClusterSecretStore']);

/** Names the object too. Only the store shows why a ClusterSecretStore fails. */
function following({ reason, facts: { object } }: FactualFailure, because: Failure, reader: Reader): Message {
  if (object === undefined) return ofQueue(because, reader);
  const action = FOLLOWING[reason] ?? failureReasons[reason].hint;
  const named = say`${object.kind} ${quoted('object', object.name)}`;
  const said = STORES.has(object.kind) ? say`${named} cannot be used` : named;
  if (object.kind === 'ClusterSecretStore' && reader.kind === 'tenant') return { said, action: WITHHELD.action };
  return { said: say`${said}: ${wordsAnywhere(because, reader).said}`, action };
}

/** A queue that cannot be read. */
function ofQueue(because: Failure, reader: Reader): Message {
  // A text can name objects of other namespaces to which a ClusterSecretStore refers.
  const isHidden = because.facts === undefined && isForeign({ reader, through: because.through });
  if (isHidden) return { said: ['the queue of a ClusterSecretStore cannot be read'], action: QUEUE_ACTION };
  const { said, action } = wordsAnywhere(because, reader);
  return { said, action: REPAIRED_AT_THE_QUEUE.has(because.reason) ? QUEUE_ACTION : action };
}
