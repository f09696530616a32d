// Control groups for engines and nodes of the tests: enables the controllers for containers, and removes groups with the tests' own names.
import { randomUUID } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { onExit } from './processes/exit-hooks.ts';
import { defaultRecordsFolder, writeRecord } from './processes/ownership-record.ts';

/**
 * Shell commands for a private mount namespace: with version 1, where the machine has left out a controller that containers need, mount all of them
 * afresh over /sys/fs/cgroup; a hierarchy that is mounted elsewhere is the same one. With version 2 there is nothing to mount.
 */
export const MOUNT_CGROUP_CONTROLLERS = `
if [ ! -f /sys/fs/cgroup/cgroup.controllers ]; then
  missing=
  for controller in cpu cpuacct cpuset memory devices freezer blkio pids; do
    [ -f "/sys/fs/cgroup/$controller/cgroup.procs" ] || missing=1
  done
  if [ "$missing" ]; then
    mount -t tmpfs cgroup /sys/fs/cgroup
    # Those that are in use keep their company (cpu,cpuacct); hierarchy 0 is version 2, an empty list a named one.
    for controllers in $(cut -d: -f2 /proc/self/cgroup | grep -v = || :) $(awk '$2 == 0 && $4 == 1 { print $1 }' /proc/cgroups); do
      mkdir "/sys/fs/cgroup/$controllers"
      mount -t cgroup -o "$controllers" cgroup "/sys/fs/cgroup/$controllers" || rmdir "/sys/fs/cgroup/$controllers"
      for controller in $(echo "$controllers" | tr , ' '); do
        [ -e "/sys/fs/cgroup/$controller" ] || ln -s "$controllers" "/sys/fs/cgroup/$controller"
      done
    done
  fi
fi
`;

export interface OwnedCgroup extends Disposable {
  /** Such as /keytender-docker-1a2b3c4d: the parent to give to an engine or kubelet, which makes it. */
  readonly path: string;
}

/** A name below which containers of this process's engines live. Removed on dispose, which comes after their end; else by the next start. */
export function ownCgroup(name: string, recordsFolder: string = defaultRecordsFolder()): OwnedCgroup {
  const path = `/keytender-${name}-${randomUUID().slice(0, 8)}`;
  const forget = writeRecord(recordsFolder, { name, cgroup: path });
  // On exit its processes have only just been killed, so it may still be busy. The record then stays for the next start.
  const remove = (): void => {
    if (removeCgroup(path)) forget();
  };
  const unhook = onExit(remove);
  return {
    path,
    [Symbol.dispose]: () => {
      unhook();
      remove();
    },
  };
}

/** Removes a cgroup and all below it in every hierarchy, as soon as they are empty. False when they are still busy after two seconds. */
export function removeCgroup(path: string): boolean {
  // The slash in front and the random end keep the pattern to what is meant.
  const find = `find /sys/fs/cgroup -depth -type d -path '*${path}*'`;
  const script = `${MOUNT_CGROUP_CONTROLLERS}
    for attempt in $(seq 100); do
      ${find} -exec rmdir {} + 2>/dev/null || :
      [ -n "$(${find} 2>/dev/null)" ] || exit 0
      sleep 0.02
    done
    exit 1`;
  return spawnSync('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', script]).status === 0;
}
