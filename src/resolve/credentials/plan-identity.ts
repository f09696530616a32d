/** Makes the identity of a store from its specification and the objects in its references. Pure. */
import { fail, type Outcome } from '../../failure/failure.ts';
import { valueIn, type KubeObject } from '../../api/object/object.ts';
import type { AwsProvider } from '../../api/schema/secret-store.ts';
import { isRoleArn, MAX_ROLE_ARN_LENGTH } from '../../api/role-arn.ts';
import { MAX_AUDIENCE_LENGTH, STS_AUDIENCES, type SecretKeyRef } from '../../api/schema/store-auth.ts';
import type { Identity, RoleStep, WebIdentity } from '../../aws/credentials/identity.ts';
import { shortCopy } from '../../base/excerpt.ts';
import { ok } from '../../base/result.ts';

/** https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html */
const ROLE_ANNOTATION = 'eks.amazonaws.com/role-arn';
const AUDIENCE_ANNOTATION = 'eks.amazonaws.com/audience';
const DEFAULT_AUDIENCE = 'sts.amazonaws.com';

/** A reference with its namespace. */
export interface NamespacedRef {
  readonly namespace: string;
  readonly name: string;
}

/** A SecretStore may refer only to its own namespace. A ClusterSecretStore must name the namespace. */
export function locate(
  ref: { readonly name: string; readonly namespace?: string | undefined },
  storeNamespace: string,
): Outcome<NamespacedRef> {
  if (storeNamespace !== '') {
    if (ref.namespace !== undefined && ref.namespace !== storeNamespace) {
      return fail('InvalidSpec', `auth: a SecretStore may not refer to namespace ${JSON.stringify(ref.namespace)}`);
    }
    return ok({ namespace: storeNamespace, name: ref.name });
  }
  if (ref.namespace === undefined)
    return fail('InvalidSpec', `auth: a ClusterSecretStore must say the namespace of ${JSON.stringify(ref.name)}`);
  return ok({ namespace: ref.namespace, name: ref.name });
}

export function keyRefs(secretRef: NonNullable<NonNullable<AwsProvider['auth']>['secretRef']>): readonly SecretKeyRef[] {
  const { accessKeyIDSecretRef, secretAccessKeySecretRef, sessionTokenSecretRef } = secretRef;
  return [accessKeyIDSecretRef, secretAccessKeySecretRef, ...(sessionTokenSecretRef === undefined ? [] : [sessionTokenSecretRef])];
}

/**
 * The parts of a ServiceAccount that give its AWS identity. Their size has a limit, because the API server accepts annotations of 256 kB.
 */
export function reducedAccount({ apiVersion, kind, metadata }: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp, annotations } = metadata;
  const kept = [
    [ROLE_ANNOTATION, MAX_ROLE_ARN_LENGTH],
    [AUDIENCE_ANNOTATION, MAX_AUDIENCE_LENGTH],
  ] as const;
  // One character more than the limit, so that a shortened text is refused too.
  const cut = kept.flatMap(([key, most]) => {
    const text = valueIn(annotations, key);
    return text === undefined ? [] : [[key, shortCopy(text, most + 1)] as const];
  });
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      uid,
      resourceVersion,
      creationTimestamp,
      annotations: Object.fromEntries(cut),
    },
  };
}

/** An audience can come from an annotation of any length. */
const MAX_QUOTED = 64;

/**
 * The identity of the ServiceAccount `account`. `audiences`: those of the store. `allowed`: a token for another audience would be a
 * credential for another service, for example the API server, so it is never requested.
 */
export function webIdentityOf(
  account: KubeObject,
  where: NamespacedRef,
  audiences: readonly string[] | undefined,
  allowed: readonly string[] = STS_AUDIENCES,
): Outcome<WebIdentity> {
  const roleArn = valueIn(account.metadata.annotations, ROLE_ANNOTATION);
  if (roleArn === undefined || roleArn === '') {
    return fail('CredentialsMissing', `ServiceAccount ${where.namespace}/${where.name} has no annotation ${ROLE_ANNOTATION}`);
  }
  if (!isRoleArn(roleArn)) {
    return fail(
      'CredentialsMissing',
      `ServiceAccount ${where.namespace}/${where.name}: annotation ${ROLE_ANNOTATION} is not like arn:aws:iam::<account>:role/<name>`,
    );
  }
  const wanted = audiencesOf(account, audiences);
  const denied = wanted.find((audience) => !allowed.includes(audience));
  if (denied !== undefined) {
    const quoted = JSON.stringify(denied.slice(0, MAX_QUOTED));
    return fail('TokenAudienceDenied', `a token of ServiceAccount ${where.namespace}/${where.name} for audience ${quoted} is not allowed`);
  }
  return ok({
    kind: 'web-identity',
    namespace: where.namespace,
    serviceAccount: where.name,
    uid: account.metadata.uid,
    roleArn,
    audiences: wanted,
  });
}

function audiencesOf(account: KubeObject, audiences: readonly string[] | undefined): readonly string[] {
  if (audiences !== undefined && audiences.length > 0) return audiences;
  return [valueIn(account.metadata.annotations, AUDIENCE_ANNOTATION) ?? DEFAULT_AUDIENCE];
}

/**
 * External id and session tags apply to the last role only (as in external-secrets.io). `storeNamespace`: '' for a cluster-scoped store.
 */
export function identityOf(provider: AwsProvider, base: Identity['base'], storeNamespace = ''): Identity {
  const before: readonly RoleStep[] = (provider.additionalRoles ?? []).map((roleArn) => ({
    roleArn,
    sessionTags: [],
    transitiveTagKeys: [],
  }));
  const { service, region } = provider;
  const where = { service, region, base, ...(storeNamespace !== '' && { storeNamespace }) };
  if (provider.role === undefined) return { ...where, roles: before };
  const last: RoleStep = {
    roleArn: provider.role,
    ...(provider.externalID === undefined ? {} : { externalId: provider.externalID }),
    sessionTags: provider.sessionTags ?? [],
    transitiveTagKeys: provider.transitiveTagKeys ?? [],
  };
  return { ...where, roles: [...before, last] };
}
