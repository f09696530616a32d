// Signals a child that leads its own process group, and all processes of that group.
import { hasCode } from './error-code.ts';

/** Sends a signal to the group of this leader; a group that has ended already is no error. */
export function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error;
  }
}
