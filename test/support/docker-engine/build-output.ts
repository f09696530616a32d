// The output of the commands of a BuildKit build. The engine streams it as protocol buffers (moby.buildkit.v1.StatusResponse) in lines of
// JSON: https://github.com/moby/buildkit/blob/v0.8.3/api/services/control/control.proto

/** StatusResponse.logs */
const LOGS = 3;
/** VertexLog.msg */
const MESSAGE = 4;

/** The output of all commands of a build, from the text that the engine has answered with. */
export function buildOutput(progress: string): string {
  return progress
    .split('\n')
    .filter((line) => line.includes('"moby.buildkit.trace"'))
    .map((line) => Buffer.from((JSON.parse(line) as { readonly aux: string }).aux, 'base64'))
    .flatMap((status) => fieldsOf(status, LOGS).flatMap((log) => fieldsOf(log, MESSAGE)))
    .join('');
}

/** The values of a repeated field of strings, bytes or messages; other kinds of fields are passed over. */
function fieldsOf(message: Buffer, wanted: number): readonly Buffer[] {
  const found: Buffer[] = [];
  let at = 0;
  // Seven bits a byte, the lowest first. Multiplied, because lengths and numbers may exceed what bit operators hold.
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++] ?? 0;
      value += (byte % 128) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const kind = tag % 8;
    if (kind === 0) varint();
    else if (kind === 2) {
      const length = varint();
      if (Math.floor(tag / 8) === wanted) found.push(message.subarray(at, at + length));
      at += length;
    } else at += kind === 1 ? 8 : 4;
  }
  return found;
}
