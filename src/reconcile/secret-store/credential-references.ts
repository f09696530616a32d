/** The Secrets and ServiceAccounts that a store refers to, whether they exist or not. Pure. */
import { z } from 'zod';
import { builtin } from '../../api/object/builtin-types.ts';
import type { StoreObject } from '../../api/schema/secret-store.ts';
import type { ObjectReference } from '../../watch/port.ts';

const named = z.object({ name: z.string(), namespace: z.string().optional() });

/** Only the references are parsed, so that changed credentials also enqueue a store with another error. */
const authShape = z.object({
  provider: z.object({
    aws: z.object({
      auth: z
        .object({
          secretRef: z
            .object({ accessKeyIDSecretRef: named, secretAccessKeySecretRef: named, sessionTokenSecretRef: named.optional() })
            .optional(),
          jwt: z.object({ serviceAccountRef: named }).optional(),
        })
        .optional(),
    }),
  }),
});

export function credentialReferences(store: StoreObject): readonly ObjectReference[] {
  const parsed = authShape.safeParse(store.spec);
  if (!parsed.success) return [];
  const { secretRef, jwt } = parsed.data.provider.aws.auth ?? {};
  const secrets =
    secretRef === undefined ? [] : [secretRef.accessKeyIDSecretRef, secretRef.secretAccessKeySecretRef, secretRef.sessionTokenSecretRef];
  const accounts = jwt === undefined ? [] : [jwt.serviceAccountRef];
  const namespaceOf = (ref: { namespace?: string | undefined }): string => store.metadata.namespace ?? ref.namespace ?? '';
  return [
    ...secrets.filter((ref) => ref !== undefined).map((ref) => ({ type: builtin.secret, namespace: namespaceOf(ref), name: ref.name })),
    ...accounts.map((ref) => ({ type: builtin.serviceAccount, namespace: namespaceOf(ref), name: ref.name })),
  ].filter(({ namespace }) => namespace !== '');
}
