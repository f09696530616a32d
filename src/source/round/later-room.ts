/** Room in a budget that is asked for later. */
import type { Room } from './byte-budget.ts';

/** `ask` is called once `when` has resolved, unless the room was given back before. `when` rejects when the engine ends, and all reads with it. */
export function askLater(when: Promise<void>, ask: () => Room): Room {
  let room: Room | undefined;
  let isGivenBack = false;
  const wait = async (): Promise<void> => {
    try {
      await when;
    } catch {
      return;
    }
    if (!isGivenBack) room = ask();
  };
  void wait();
  return {
    get isGranted() {
      return room?.isGranted === true;
    },
    shrink: (bytes) => {
      isGivenBack ||= bytes === 0;
      room?.shrink(bytes);
    },
  };
}
