/** JSON strings: the quoted text and the content, both with one character for each byte (UTF-8 as latin1). Pure. */

const ESCAPES: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };
const ESCAPE = /\\(?:u([\dA-Fa-f]{4})(?:\\u([\dA-Fa-f]{4}))?|(.))/gs;

/** The content of a valid quoted JSON string. A single surrogate becomes U+FFFD. */
export function unquote(quoted: string): string {
  const inner = quoted.slice(1, -1);
  return inner.includes('\\') ? unescape(inner) : inner;
}

function unescape(inner: string): string {
  let out = '';
  let from = 0;
  ESCAPE.lastIndex = 0;
  for (let match = ESCAPE.exec(inner); match !== null; match = ESCAPE.exec(inner)) {
    const [whole, first, second, letter] = match;
    out += inner.slice(from, match.index);
    from = match.index + whole.length;
    if (first === undefined) out += ESCAPES[letter ?? ''] ?? '';
    else {
      const unit = Number.parseInt(first, 16);
      const isSurrogate = unit >= 0xd800 && unit <= 0xdfff;
      // A second escape belongs to the first one only if that is a surrogate.
      if (second !== undefined && !isSurrogate) from -= 6;
      out += utf8(isSurrogate && second !== undefined ? pair(unit, Number.parseInt(second, 16)) : unit);
    }
    ESCAPE.lastIndex = from;
  }
  return out + inner.slice(from);
}

function pair(high: number, low: number): number {
  const isPair = high < 0xdc00 && low >= 0xdc00 && low <= 0xdfff;
  return isPair ? (high - 0xd800) * 0x400 + (low - 0xdc00) + 0x10000 : 0xfffd;
}

function utf8(codePoint: number): string {
  if (codePoint < 0x80) return String.fromCharCode(codePoint);
  const valid = codePoint >= 0xd800 && codePoint <= 0xdfff ? 0xfffd : codePoint;
  return bytesOf(String.fromCodePoint(valid));
}

/** Converts text to one character for each byte of its UTF-8 form. */
export function bytesOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** Converts one character for each byte to text. Invalid UTF-8 becomes U+FFFD. */
export function textOf(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

const SHORT: ReadonlyMap<string, string> = new Map([
  ['"', String.raw`\"`],
  ['\\', String.raw`\\`],
  ['\b', String.raw`\b`],
  ['\f', String.raw`\f`],
  ['\n', String.raw`\n`],
  ['\r', String.raw`\r`],
  ['\t', String.raw`\t`],
]);

/** A quoted string as Go writes it: <, >, & and the line separators U+2028 and U+2029 are escaped too. */
export function quote(content: string): string {
  if (PLAIN.test(content)) return `"${content}"`;
  const text = textOf(content).replaceAll(
    /[^ !#-%'-;=?-[\]-\u2027\u202a-\uffff]/g,
    (character) => SHORT.get(character) ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `"${bytesOf(text)}"`;
}

/** Printable ASCII without escaped characters. */
const PLAIN = /^[ !#-%'-;=?-[\]-~]*$/;
