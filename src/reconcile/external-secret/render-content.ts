/** Renders the content of the target. However the renderer ends, the reconcile goes on or ends in order: an abort writes nothing, a defect is reported and retried. */
import { fail, type Outcome } from '../../failure/failure.ts';
import type { ExternalSecretSpec } from '../../api/schema/external-secret.ts';
import type { SecretValue } from '../../base/secret-value.ts';
import { untilAborted } from '../../base/waiting.ts';
import type { SecretContent, SecretTemplate } from '../../render/port.ts';
import type { ExternalSecretContext } from './context.ts';
import type { Subject } from './subject.ts';

/** Rejects only with the reason of the signal, as soon as it aborts. */
export async function renderContent(
  { spec, resource }: Subject,
  values: ReadonlyMap<string, SecretValue>,
  { renderer, logger }: Pick<ExternalSecretContext, 'renderer' | 'logger'>,
  signal: AbortSignal,
): Promise<Outcome<SecretContent>> {
  signal.throwIfAborted();
  try {
    const content = await untilAborted(renderer.render(templateOf(spec), values, signal), signal);
    signal.throwIfAborted();
    return content;
  } catch (error) {
    signal.throwIfAborted();
    const { namespace, name } = resource.metadata;
    logger.error({ namespace, name, ...tracesOf(error) }, 'rendering failed unexpectedly; this is a defect');
    return fail('InternalError', 'the content of the Secret could not be rendered', { cause: error });
  }
}

function templateOf({ target: { template, immutable } = {} }: ExternalSecretSpec): SecretTemplate {
  const { type, metadata } = template ?? {};
  return { field: 'target.template', type, immutable, labels: metadata?.labels, annotations: metadata?.annotations };
}

/** Without the message: it may quote the values that were rendered. */
function tracesOf(error: unknown): { readonly error: string; readonly stack?: readonly string[] } {
  if (!(error instanceof Error)) return { error: typeof error };
  const frames = (error.stack ?? '').split('\n').filter((line) => /^ {4}at /.test(line));
  return { error: error.constructor.name, stack: frames };
}
