// Reads errors of Node's modules. Without instanceof: in Jest they come from another realm than the test's Error.
import { types } from 'node:util';

/** True when this is an error with that code, such as ENOENT. */
export function hasCode(error: unknown, code: string): boolean {
  return types.isNativeError(error) && 'code' in error && error.code === code;
}

/** A line for people about anything that was thrown; the cause says more than the wrapper, when there is one. */
export function messageOf(error: unknown): string {
  if (!types.isNativeError(error)) return String(error);
  return types.isNativeError(error.cause) ? error.cause.message || error.cause.name : error.message;
}
