// Runs a task for each item, some at once.

export async function inParallel<T>(items: readonly T[], width: number, task: (item: T, index: number) => Promise<void>): Promise<void> {
  const entries = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of entries) await task(item, index);
  };
  await Promise.all(Array.from({ length: width }, worker));
}
