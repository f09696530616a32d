/** Names of keys in a Secret, by the rules of the API server (k8s.io/apimachinery validation.IsConfigMapKey). Pure. */

/** The reason why a key is invalid, or undefined. */
export function secretKeyProblem(key: string): string | undefined {
  if (key === '') return 'it is empty';
  if (key.length > 253) return 'it is longer than 253 characters';
  if (key === '.' || key.startsWith('..')) return 'it is "." or starts with ".."';
  if (!/^[-._a-zA-Z0-9]+$/.test(key)) return 'it holds characters other than letters, digits, "-", "_" and "."';
  return undefined;
}

/** Converts the name of a JSON property to a key: invalid characters become "_" (conversionStrategy Default of external-secrets.io). */
export function toSecretKey(property: string): string {
  return property.replaceAll(/[^-._a-zA-Z0-9]/gu, '_');
}
