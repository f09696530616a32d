/** Converts one JSON log line of pino to one line for people: `2026-01-01T00:00:00.000Z INFO  secret written namespace=team name=db`. */

const LEADING = new Set(['time', 'level', 'msg', 'err']);
const PLAIN = /^[\w./:@+-]+$/;

/** The line without its line feed. A stack follows, indented, on further lines. A text that is not JSON is returned unchanged. */
export function formatLogLine(line: string): string {
  const record = parse(line);
  if (record === undefined) return line.trimEnd();
  const { time, level, msg, err } = record as { time?: unknown; level?: unknown; msg?: unknown; err?: unknown };
  const fields = Object.entries(record)
    .filter(([name]) => !LEADING.has(name))
    .map(([name, value]) => `${quoted(name)}=${quoted(value)}`);
  const head = [plain(time), plain(level).toUpperCase().padEnd(5), plain(msg), ...fields].filter((part) => part !== '').join(' ');
  return `${head}${describeError(err)}`;
}

function parse(line: string): object | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Quotes a text that could be mistaken for another field or line. */
function quoted(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return PLAIN.test(text) ? text : typeof value === 'string' ? JSON.stringify(value) : text;
}

function plain(value: unknown): string {
  if (typeof value !== 'string') return '';
  return JSON.stringify(value)
    .slice(1, -1)
    .replaceAll(String.raw`\"`, '"');
}

function describeError(err: unknown): string {
  if (typeof err !== 'object' || err === null) return '';
  const { type, message, stack } = err as { type?: unknown; message?: unknown; stack?: unknown };
  const text = typeof stack === 'string' ? stack : `${plain(type)}: ${plain(message)}`;
  return text
    .split('\n')
    .map((line) => `\n    ${JSON.stringify(line.trim()).slice(1, -1)}`)
    .join('');
}
