/** Ends a `switch` over a closed union: the compiler proves that no case is missing; reaching it at run time is a bug. */
export function assertNever(value: never): never {
  throw new TypeError(`unexpected case: ${String(value)}`);
}
