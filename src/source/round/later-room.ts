/** Room in a budget that is asked for later. */
import type { Room } from './byte-budget.ts';

/** `ask` is called once `when` has resolved, unless the room was given back before. */
export function askLater(when: Promise<void>, ask: () => Room): Room {
  let room: Room | undefined;
  let isGivenBack = false;
  void when.then(
    () => {
      if (!isGivenBack) room = ask();
    },
    // The engine has ended, and with it all reads.
    () => undefined,
  );
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
