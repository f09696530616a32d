// Makes many requests, as a loop of a tenant does, a few at a time, so that the API server is not the bottleneck.

const AT_ONCE = 6;

/** Runs `make` for 0 to `count` - 1. */
export async function many(count: number, make: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      await make(index);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}
