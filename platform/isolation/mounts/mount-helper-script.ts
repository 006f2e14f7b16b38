/**
 * The program of the mount helper: a shell in a mount namespace of its own, which mounts for the worker, so that no mount
 * is ever visible on the host and all vanish when it ends. It serves one request per line, `id TAB operation TAB argument…`,
 * and answers `id TAB ok` or `id TAB failed TAB text`. It ends when its input ends, which the kernel sees to even when the
 * worker was killed with SIGKILL; then it thaws, kills and removes what the worker owned.
 *
 * Written for POSIX sh; run by busybox, whose own applets need no search and start in half the time of the system's.
 * `$system_mount` is util-linux': its loop set-up is one call (LOOP_CONFIGURE), 3 ms against 15–40 ms measured.
 *
 * Arguments: paths of busybox, mount, nsenter and ipcrm; the folder to mount on, the worker's folder for images, the worker's
 * control groups (one per hierarchy).
 */
export const MOUNT_HELPER_SCRIPT = `
trap '' INT TERM HUP PIPE QUIT
bb=$1 system_mount=$2 nsenter=$3 ipcrm=$4 root=$5 work=$6
shift 6
tab=$("$bb" printf '\\t')

start() {
  "$bb" mount -t tmpfs -o mode=0711,nosuid,nodev,size="$MOUNT_ROOT_MIB"m rik "$root" &&
  "$bb" mkdir "$root/source" "$root/box" "$root/mq" &&
  "$bb" mount -t tmpfs -o mode=0711,nosuid,nodev,size="$MOUNT_ROOT_MIB"m rik "$root/box" &&
  "$bb" mount --make-shared "$root/box" && : >"$root/error"
}

# A read-only source. It is read-only before anything is copied from it: a copy keeps the flags that its source has at
# that moment, and one made by "bind,ro" in a single step stays writable where it propagates to.
source_mount() {
  "$bb" mkdir "$root/source/$2" &&
  "$bb" mount --bind "$1" "$root/source/$2" &&
  "$bb" mount -o remount,bind,ro,nosuid,nodev "$root/source/$2"
}

source_drop() { "$bb" umount -l "$root/source/$1" && "$bb" rmdir "$root/source/$1"; }

# Onto the placeholder that the running sandbox already shows; propagation carries it inside.
fill() { "$bb" mount --bind "$root/source/$1" "$root/box/$2"; }

# The file has no name on the disk any more as soon as it is mounted, so nothing stays after any kind of death.
disk() {
  "$system_mount" -i -t ext4 -o loop,nosuid,nodev,noatime,noinit_itable "$1" "$root/box/$2/tmp"
  status=$?
  "$bb" rm -f "$1"
  return "$status"
}

memory_disk() { "$bb" mount -t tmpfs -o mode=1777,nosuid,nodev,size="$1"m rik "$root/box/$2/tmp"; }

# System V objects and message queues outlive their processes; a reset must not hand them on.
clear_ipc() {
  "$nsenter" --ipc="/proc/$1/ns/ipc" "$bb" sh -c '
    "$3" --all=shm && "$3" --all=sem && "$3" --all=msg && "$1" mount -t mqueue rik "$2" || exit 1
    "$1" rm -f "$2"/*
    "$1" umount "$2"' sh "$bb" "$root/mq" "$ipcrm"
}

drop() {
  set -- "$1" "$root/box/$1/tmp" "$root/box/$1/task" "$root/box/$1/opt"
  "$bb" umount -l "$2" "$3" "$4" 2>/dev/null
  "$bb" rm -f "$root/box/$1/boot_id"
  "$bb" rmdir "$2" "$3" "$4" "$root/box/$1"
}

reap() {
  round=0
  while [ "$round" -lt 200 ]; do
    left=0
    for worker in "$@"; do
      for group in "$worker"/*/; do
        [ -d "$group" ] || continue
        left=1
        if [ -e "$group/cpu.max" ]; then echo max >"$group/cpu.max"; fi
        if [ -e "$group/cpu.cfs_quota_us" ]; then echo -1 >"$group/cpu.cfs_quota_us"; fi
        if [ -e "$group/cgroup.kill" ]; then echo 1 >"$group/cgroup.kill"; else while read -r pid; do kill -9 "$pid"; done <"$group/cgroup.procs"; fi
        if [ -e "$group/cgroup.freeze" ]; then echo 0 >"$group/cgroup.freeze"; fi
        if [ -e "$group/freezer.state" ]; then echo THAWED >"$group/freezer.state"; fi
        "$bb" rmdir "$group"
      done
      if [ -d "$worker" ]; then
        left=1
        "$bb" rmdir "$worker" && "$bb" rmdir "\${worker%/*}"
      fi
    done
    [ "$left" = 0 ] && break
    round=$((round + 1))
    "$bb" usleep 10000
  done
  "$bb" umount -l "$root"
  "$bb" rmdir "$root"
  "$bb" rm -rf "$work"
}

answer() {
  if [ "$2" = 0 ]; then echo "$1\${tab}ok"; else echo "$1\${tab}failed\${tab}"$("$bb" cat "$root/error"); fi
}

serve() {
  id=$1 operation=$2
  shift 2
  "$operation" "$@" >"$root/error" 2>&1
  answer "$id" $?
}

start
answer 0 $?
set -f
while IFS= read -r line; do
  IFS=$tab
  serve $line
  unset IFS
done
set +f
reap "$@" >/dev/null 2>&1
`;
