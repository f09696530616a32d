/** Ends a `switch` over a closed union: the compiler proves that no case is missing. A call at run time is a defect. */
export function assertNever(value: never): never {
  throw new TypeError(`unexpected case: ${String(value)}`);
}
