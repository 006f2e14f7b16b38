/*
 * enter-root ROOT TASK command...: runs a command with ROOT as its file system and the folder TASK at /var/task, in a
 * mount namespace of its own that ends with it, so nothing is left mounted. It is the bare interpreter's side of the
 * cold-start bench: the least that is needed to run a file with an image's own binaries (well under a millisecond).
 * An ordinary user gets the same through a user namespace.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

static void require(int result, const char *what) {
  if (result >= 0) return;
  fprintf(stderr, "enter-root: %s: %s\n", what, strerror(errno));
  exit(126);
}

static void write_file(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  require(fd, path);
  require((int)write(fd, text, strlen(text)), path);
  close(fd);
}

static void bind_into(const char *root, const char *from, const char *to) {
  char target[4096];
  if (snprintf(target, sizeof target, "%s%s", root, to) >= (int)sizeof target) exit(126);
  require(mount(from, target, NULL, MS_BIND | MS_REC, NULL), target);
}

int main(int argc, char **argv) {
  if (argc < 4) {
    fprintf(stderr, "usage: enter-root ROOT TASK command...\n");
    return 2;
  }
  const char *root = argv[1];
  unsigned uid = getuid(), gid = getgid();
  require(unshare(CLONE_NEWNS | (uid == 0 ? 0 : CLONE_NEWUSER)), "unshare");
  if (uid != 0) {
    char map[64];
    write_file("/proc/self/setgroups", "deny");
    snprintf(map, sizeof map, "0 %u 1", uid);
    write_file("/proc/self/uid_map", map);
    snprintf(map, sizeof map, "0 %u 1", gid);
    write_file("/proc/self/gid_map", map);
  }
  require(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), "private mounts");
  bind_into(root, "/proc", "/proc");
  bind_into(root, "/dev", "/dev");
  bind_into(root, argv[2], "/var/task");
  require(chroot(root), root);
  require(chdir("/var/task"), "/var/task");
  execvp(argv[3], argv + 3);
  require(-1, argv[3]);
}
