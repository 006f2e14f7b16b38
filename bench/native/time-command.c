/*
 * Starts one command and measures, from just before the fork, until the rule holds:
 *   listen PORT   something accepts connections on 127.0.0.1:PORT
 *   exit          the command has ended with status 0
 *   line TEXT     the command has printed a line that contains TEXT
 * Then the command's process group is ended and reaped. Prints one line of JSON. A limit of 30 s applies.
 * In C, because spawning and polling from Node adds milliseconds that vary.
 */
#define _GNU_SOURCE
#include "http-message.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define LIMIT_NS 30000000000ull
#define POLL_US 100

static bool accepts(unsigned port) {
  int fd = connect_ipv4("127.0.0.1", port, 1);
  if (fd < 0) return false;
  close(fd);
  return true;
}

static bool until_listens(pid_t child, unsigned port, uint64_t from) {
  while (!accepts(port)) {
    int status;
    if (now_ns() - from > LIMIT_NS || waitpid(child, &status, WNOHANG) == child) return false;
    usleep(POLL_US);
  }
  return true;
}

static bool until_exits(pid_t child, uint64_t from, int *status) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  for (;;) {
    if (waitpid(child, status, WNOHANG) == child) return WIFEXITED(*status) && WEXITSTATUS(*status) == 0;
    if (now_ns() - from > LIMIT_NS) return false;
    struct timespec wait = {.tv_sec = 1};
    sigtimedwait(&set, NULL, &wait);
  }
}

static bool until_line(int fd, const char *text, uint64_t from) {
  static char bytes[65536];
  size_t end = 0;
  for (;;) {
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    if (now_ns() - from > LIMIT_NS) return false;
    if (poll(&ready, 1, 1000) <= 0) continue;
    if (end == sizeof bytes) {
      memmove(bytes, bytes + sizeof bytes / 2, sizeof bytes / 2);
      end = sizeof bytes / 2;
    }
    ssize_t count = read(fd, bytes + end, sizeof bytes - end);
    if (count <= 0) return false;
    end += (size_t)count;
    if (memmem(bytes, end, text, strlen(text)) != NULL) return true;
  }
}

static void end_group(pid_t child) {
  kill(-child, SIGTERM);
  for (int i = 0; i < 2000; i++) {
    while (waitpid(-1, NULL, WNOHANG) > 0) {}
    if (kill(-child, 0) < 0 && errno == ESRCH) break;
    usleep(1000);
  }
  kill(-child, SIGKILL);
  /* As a sub-reaper this process inherits what left the group, and ends it by asking what its children are. */
  for (int i = 0; i < 200; i++) {
    char path[64], text[4096] = "";
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    FILE *file = fopen(path, "r");
    if (file == NULL) break;
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = 0;
    for (char *at = strtok(text, " "); at != NULL; at = strtok(NULL, " ")) if (atoi(at) > 1) kill(atoi(at), SIGKILL);
    while (waitpid(-1, NULL, WNOHANG) > 0) {}
    if (length == 0) break;
    usleep(1000);
  }
  while (waitpid(-1, NULL, WNOHANG) > 0) {}
}

int main(int argc, char **argv) {
  bool is_listen = argc > 4 && strcmp(argv[1], "listen") == 0, is_line = argc > 4 && strcmp(argv[1], "line") == 0;
  bool is_exit = argc > 3 && strcmp(argv[1], "exit") == 0;
  char **command = argv + (is_exit ? 3 : 4);
  if ((!is_listen && !is_line && !is_exit) || strcmp(command[-1], "--") != 0) {
    fprintf(stderr, "usage: time-command (listen PORT | line TEXT | exit) -- command...\n");
    return 2;
  }
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  if (is_exit) sigprocmask(SIG_BLOCK, &set, NULL);
  int lines[2] = {-1, -1};
  if (is_line && pipe2(lines, O_CLOEXEC) < 0) return 1;

  uint64_t from = now_ns();
  pid_t child = fork();
  if (child == 0) {
    setpgid(0, 0);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    int nothing = open("/dev/null", O_RDWR);
    dup2(nothing, 0);
    dup2(is_line ? lines[1] : nothing, 1);
    execvp(command[0], command);
    fprintf(stderr, "time-command: %s: %s\n", command[0], strerror(errno));
    _exit(127);
  }
  if (child < 0) return 1;
  setpgid(child, child);
  if (is_line) close(lines[1]);
  int status = 0;
  bool held = is_listen ? until_listens(child, (unsigned)atoi(argv[2]), from)
            : is_line ? until_line(lines[0], argv[2], from)
                      : until_exits(child, from, &status);
  uint64_t elapsed = now_ns() - from;
  end_group(child);
  printf("{\"elapsedNs\":%llu,\"held\":%s}\n", (unsigned long long)elapsed, held ? "true" : "false");
  return held ? 0 : 1;
}
