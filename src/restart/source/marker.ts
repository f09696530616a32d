/** The restart marker of a source: the name of its annotation, and the text that says which content the pods read. Pure. */
import { createHash } from 'node:crypto';
import { MAX_SEQUENCE } from '../../api/content-changes.ts';
import type { DialectAnnotations } from '../../api/dialect.ts';
import type { SourceContent, SourceKind, SourceName } from './content.ts';

/** The name part of an annotation key has at most 63 characters; names of Secrets and ConfigMaps have up to 253. */
const MAX_NAME = 63;

/** Prefixes of the annotations. Two, because a Secret and a ConfigMap can have the same name. */
export type MarkerPrefixes = Readonly<Record<SourceKind, string>>;

/** Of the dialect of the reader. */
export function markerPrefixes({
  restartPrefix,
  restartConfigMapPrefix,
}: Pick<DialectAnnotations, 'restartPrefix' | 'restartConfigMapPrefix'>): MarkerPrefixes {
  return { Secret: restartPrefix, ConfigMap: restartConfigMapPrefix };
}

/** One annotation for each source, whoever asks for the restart. Different sources of one namespace have different names. */
export function markerName(prefixes: MarkerPrefixes, { kind, name }: SourceName): string {
  return `${prefixes[kind]}${bounded(name, '__')}`;
}

/** The marker for the annotation restart-now. Names of Secrets contain no "_", so it is the marker of no Secret. */
export function manualMarker({ Secret: prefix }: Pick<MarkerPrefixes, 'Secret'>): string {
  return `${prefix}restart_now`;
}

/**
 * The names in earlier versions, without the present one. `mergingWriter`: the ExternalSecret that merges keys into the Secret; each had a marker of its own.
 */
export function formerMarkerNames(prefixes: MarkerPrefixes, secretName: string, mergingWriter: string | undefined): readonly string[] {
  const names =
    mergingWriter === undefined
      ? [bounded(secretName, '-')]
      : [bounded(`${secretName}_${mergingWriter}`, '__'), bounded(`${secretName}.${mergingWriter}`, '-')];
  const current = markerName(prefixes, { kind: 'Secret', name: secretName });
  return names.map((name) => `${prefixes.Secret}${name}`).filter((name) => name !== current);
}

/** `joint` comes before the digest that replaces the removed part. No name of an object contains "_", so "__" keeps names apart. */
function bounded(name: string, joint: string): string {
  if (name.length <= MAX_NAME) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 12);
  return `${name.slice(0, MAX_NAME - hash.length - joint.length).replace(/[^a-z0-9]+$/, '')}${joint}${hash}`;
}

export type MarkedContent = Pick<SourceContent, 'sequence' | 'content'>;

/** `<sequence>.<content id>`; without the number if the content was recorded before changes were counted. It never contains a time: a repeated restart changes nothing. */
export function markerText({ sequence, content }: MarkedContent): string {
  return sequence === 0 ? content : `${sequence}.${content}`;
}

/** Any other text, also one of another client, is a content id without a number. Content ids contain no dot. */
export function parseMarker(text: string): MarkedContent {
  const [, digits = '', content = ''] = /^([1-9]\d{0,15})\.([^.]+)$/.exec(text) ?? [];
  const sequence = Number(digits);
  return sequence > 0 && sequence <= MAX_SEQUENCE ? { sequence, content } : { sequence: 0, content: text };
}
