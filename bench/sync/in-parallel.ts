// Runs a task for each item, several at the same time.

export async function inParallel<T>(items: readonly T[], width: number, task: (item: T, index: number) => Promise<void>): Promise<void> {
  const entries = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of entries) await task(item, index);
  };
  await Promise.all(Array.from({ length: width }, worker));
}
