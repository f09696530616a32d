/** Tells pod templates apart, so that a change by somebody else during a rollout is seen. Pure. */
import { createHash } from 'node:crypto';
import type { DialectAnnotations } from '../../api/dialect.ts';
import { mapOf, memberOf } from '../../base/members.ts';

type Prefixes = Pick<DialectAnnotations, 'restartPrefix' | 'restartConfigMapPrefix'>;

const LENGTH = 11;

/** Another text for each template, apart from its restart markers. Costs as much as writing the template as JSON. */
export function templateId(template: unknown, { restartPrefix, restartConfigMapPrefix }: Prefixes): string {
  const metadata = memberOf(template, 'metadata');
  const others = Object.entries(mapOf(metadata, 'annotations') ?? {}).filter(
    ([name]) => !name.startsWith(restartPrefix) && !name.startsWith(restartConfigMapPrefix),
  );
  const text = JSON.stringify([others, memberOf(metadata, 'labels'), memberOf(template, 'spec')]);
  return createHash('sha256').update(text).digest('base64url').slice(0, LENGTH);
}
