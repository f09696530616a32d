// Validates an object with the API server without storing it.
import { apiVersionOf, type CustomResourceType } from '../../../src/api/object/resource-type.ts';
import type { ClusterAccess } from '../../support/control-plane/cluster-access.ts';
import type { JsonObject } from './samples.ts';

export interface Refusal {
  readonly field: string;
  readonly message: string;
}

export interface Judgement {
  readonly status: number;
  readonly message: string;
  readonly refusals: readonly Refusal[];
}

interface StatusBody {
  readonly message?: string;
  readonly details?: { readonly causes?: readonly Partial<Refusal>[] };
}

/** Create as a dry run with strict field validation. 201 means that it would have been created. */
export async function judge(access: ClusterAccess, kind: CustomResourceType, spec: JsonObject): Promise<Judgement> {
  const apiVersion = apiVersionOf(kind);
  const scope = kind.namespaced ? '/namespaces/default' : '';
  const { status, body } = await access.api.send({
    method: 'POST',
    path: `/apis/${apiVersion}${scope}/${kind.plural}?dryRun=All&fieldValidation=Strict`,
    body: { apiVersion, kind: kind.kind, metadata: { name: 'judged' }, spec },
  });
  const { message = '', details } = body as StatusBody;
  return { status, message, refusals: (details?.causes ?? []).map(({ field = '', message: text = '' }) => ({ field, message: text })) };
}
