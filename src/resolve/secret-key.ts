/** Names of keys in a Secret, as the API server accepts them (k8s.io/apimachinery validation.IsConfigMapKey). Pure. */

/** A key that is not one for a reason that a person can mend, or undefined. */
export function secretKeyProblem(key: string): string | undefined {
  if (key === '') return 'it is empty';
  if (key.length > 253) return 'it is longer than 253 characters';
  if (key === '.' || key.startsWith('..')) return 'it is "." or starts with ".."';
  if (!/^[-._a-zA-Z0-9]+$/.test(key)) return 'it holds characters other than letters, digits, "-", "_" and "."';
  return undefined;
}

/** The name of a JSON property as a key: characters that a key may not hold become "_" (conversionStrategy Default of external-secrets.io). */
export function toSecretKey(property: string): string {
  return property.replaceAll(/[^-._a-zA-Z0-9]/gu, '_');
}
