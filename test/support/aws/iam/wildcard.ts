// IAM wildcards: `*` any run of characters, `?` one character.
const compiled = new Map<string, RegExp>();

export function wildcardMatch(pattern: string, text: string, ignoreCase = false): boolean {
  const key = `${ignoreCase ? 'i' : 's'}${pattern}`;
  let regExp = compiled.get(key);
  if (!regExp) {
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
      .replaceAll('*', '[^]*')
      .replaceAll('?', '[^]');
    regExp = new RegExp(`^${source}$`, ignoreCase ? 'i' : '');
    compiled.set(key, regExp);
  }
  return regExp.test(text);
}
