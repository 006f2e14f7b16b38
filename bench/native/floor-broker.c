/*
 * The floor: what a broker of the same routes costs when nearly all of it is system calls. One thread, epoll, one
 * environment, one invocation at a time (others wait in line). It does the same visible work as the others (a fresh
 * request id, a deadline, the documented headers, one write per message) and nothing else: no limits, no life cycle,
 * no logs. Bodies are written out of the buffer that they were read into.
 */
#define _GNU_SOURCE
#include "http-message.h"
#include <sys/epoll.h>
#include <sys/random.h>

#define CONNECTIONS_MAX 256
#define INVOKE_PATH "/2015-03-31/functions/function/invocations"
#define NEXT_PATH "/2018-06-01/runtime/invocation/next"
#define RUNTIME_PREFIX "/2018-06-01/runtime/invocation/"

enum role { LISTENER_FRONT, LISTENER_API, FRONT, API };

struct connection {
  enum role role;
  int fd;
  bool is_gone;
  uint32_t interest;                /* what epoll reports about it */
  struct http_reader reader;
  /* What is still to be sent: a head of our own and a body that lives in another connection's buffer. */
  char head[512];
  struct iovec output[2];
  int output_count;
  struct connection *output_owner;  /* whose buffer the body is in */
  struct connection *lent_to;       /* who still sends from our buffer: it must not move until then */
  struct connection *line;          /* the next one that waits for an environment */
};

static int epoll_fd;
static struct connection *waiting_first, *waiting_last; /* invokers in line */
static struct connection *current;                      /* the invoker that is being served */
static struct connection *runtime;                      /* the bootstrap, while it waits in `next` */
static char current_id[40];

static void die(const char *what) {
  fprintf(stderr, "floor-broker: %s: %s\n", what, errno ? strerror(errno) : "unexpected");
  exit(1);
}

static void read_input(struct connection *c);

static void set_interest(struct connection *c, uint32_t interest) {
  if (c->interest == interest) return;
  c->interest = interest;
  struct epoll_event event = {.events = interest, .data.ptr = c};
  if (epoll_ctl(epoll_fd, EPOLL_CTL_MOD, c->fd, &event) < 0) die("epoll_ctl");
}

static void close_connection(struct connection *c) {
  close(c->fd);
  http_reader_free(&c->reader);
  free(c);
}

/* Tries to send what is due. Returns whether all of it is gone. */
static bool flush(struct connection *c) {
  while (c->output_count > 0) {
    struct iovec *part = &c->output[2 - c->output_count];
    struct msghdr message = {.msg_iov = part, .msg_iovlen = (size_t)c->output_count};
    ssize_t sent = sendmsg(c->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN) {
        c->is_gone = true;
        c->output_count = 0;
        break;
      }
      set_interest(c, c->interest | EPOLLOUT);
      return false;
    }
    while (c->output_count > 0) {
      part = &c->output[2 - c->output_count];
      if ((size_t)sent < part->iov_len) {
        part->iov_base = (char *)part->iov_base + sent;
        part->iov_len -= (size_t)sent;
        break;
      }
      sent -= (ssize_t)part->iov_len;
      c->output_count--;
    }
  }
  set_interest(c, c->interest & ~(uint32_t)EPOLLOUT);
  if (c->output_owner != NULL) {
    c->output_owner->lent_to = NULL;
    c->output_owner = NULL;
  }
  return true;
}

static void send_message(struct connection *c, int head_length, struct connection *owner) {
  if (c->output_count > 0) die("two answers at once");
  c->output[0] = (struct iovec){c->head, (size_t)head_length};
  c->output[1] = owner == NULL ? (struct iovec){c->head, 0}
                               : (struct iovec){owner->reader.bytes + owner->reader.body_start, owner->reader.body_length};
  c->output_count = 2;
  c->output_owner = owner;
  if (owner != NULL) owner->lent_to = c;
  flush(c);
}

static void new_request_id(void) {
  unsigned char b[16];
  if (getrandom(b, sizeof b, 0) != sizeof b) die("getrandom");
  b[6] = (b[6] & 0x0f) | 0x40;
  b[8] = (b[8] & 0x3f) | 0x80;
  char *out = current_id;
  for (int i = 0; i < 16; i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *out++ = '-';
    *out++ = "0123456789abcdef"[b[i] >> 4];
    *out++ = "0123456789abcdef"[b[i] & 15];
  }
  *out = 0;
}

static void dispatch(void) {
  if (runtime == NULL || current != NULL || waiting_first == NULL) return;
  current = waiting_first;
  waiting_first = current->line;
  if (waiting_first == NULL) waiting_last = NULL;
  struct connection *to = runtime;
  runtime = NULL;
  new_request_id();
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  long long deadline_ms = (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000 + 3000;
  int length = snprintf(to->head, sizeof to->head,
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: %s\r\n"
    "Lambda-Runtime-Deadline-Ms: %lld\r\n"
    "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:000000000000:function:function\r\n"
    "Content-Length: %zu\r\n\r\n", current_id, deadline_ms, current->reader.body_length);
  send_message(to, length, current);
}

static void answer_invoker(struct connection *from) {
  struct connection *to = current;
  current = NULL;
  if (to->is_gone) {
    close_connection(to);
    return;
  }
  int length = snprintf(to->head, sizeof to->head,
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nx-amzn-RequestId: %s\r\nContent-Length: %zu\r\n\r\n",
    current_id, from->reader.body_length);
  send_message(to, length, from);
  /* Bytes that an invoker sent ahead are read only now: its event had to stay where it was. */
  read_input(to);
}

static bool is_path(const struct connection *c, const char *path) {
  return c->reader.path_length == strlen(path) && memcmp(c->reader.bytes + c->reader.path_start, path, strlen(path)) == 0;
}

static bool is_response_to_current(const struct connection *c) {
  char path[128];
  int length = snprintf(path, sizeof path, RUNTIME_PREFIX "%s/response", current_id);
  return current != NULL && c->reader.path_length == (size_t)length && is_path(c, path);
}

static void handle(struct connection *c) {
  if (c->role == FRONT && c->reader.method_length == 4 && is_path(c, INVOKE_PATH)) {
    c->line = NULL;
    if (waiting_last == NULL) waiting_first = c;
    else waiting_last->line = c;
    waiting_last = c;
    dispatch();
    return;
  }
  if (c->role == API && c->reader.method_length == 3 && is_path(c, NEXT_PATH)) {
    runtime = c;
    dispatch();
    return;
  }
  if (c->role == API && c->reader.method_length == 4 && is_response_to_current(c)) {
    answer_invoker(c);
    int length = snprintf(c->head, sizeof c->head,
      "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{\"status\":\"OK\"}\n");
    send_message(c, length, NULL);
    return;
  }
  int length = snprintf(c->head, sizeof c->head, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  send_message(c, length, NULL);
}

/* Whether the buffer must stay as it is: its message is not answered, or somebody still sends from it. */
static bool is_held(const struct connection *c) {
  if (c->lent_to != NULL || c == current || c->output_count > 0) return true;
  for (const struct connection *w = waiting_first; w != NULL; w = w->line) if (w == c) return true;
  return false;
}

static void read_input(struct connection *c) {
  while (!is_held(c)) {
    http_next(&c->reader);
    enum http_progress progress = http_step(&c->reader);
    if (progress == HTTP_BAD) die("a request that is not understood");
    if (progress == HTTP_MORE) {
      set_interest(c, c->interest | EPOLLIN);
      return;
    }
    handle(c);
  }
}

static void on_input(struct connection *c, uint32_t events) {
  if (is_held(c)) {
    /* Receiving could move the buffer, so this waits; `read_input` turns it on again. A dead peer leaves the set. */
    if (events & (EPOLLHUP | EPOLLERR)) {
      c->is_gone = true;
      epoll_ctl(epoll_fd, EPOLL_CTL_DEL, c->fd, NULL);
    } else {
      set_interest(c, c->interest & ~(uint32_t)EPOLLIN);
    }
    return;
  }
  ssize_t count = http_fill(&c->reader, c->fd);
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (count > 0) {
    read_input(c);
    return;
  }
  if (c == runtime) runtime = NULL;
  close_connection(c);
}

static void on_output(struct connection *c) {
  struct connection *owner = c->output_owner;
  if (!flush(c)) return;
  if (owner != NULL && owner->role == API) read_input(owner);
  read_input(c);
}

static void on_listener(struct connection *listener) {
  int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), one = 1;
  if (fd < 0) return;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  struct connection *c = calloc(1, sizeof *c);
  if (c == NULL) die("memory");
  c->fd = fd;
  c->role = listener->role == LISTENER_FRONT ? FRONT : API;
  c->interest = EPOLLIN;
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
  if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) die("epoll_ctl");
}

static struct connection *listen_on(unsigned port, enum role role) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct connection *c = calloc(1, sizeof *c);
  int one = 1;
  if (c == NULL) die("memory");
  c->role = role;
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  setsockopt(c->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (c->fd < 0 || bind(c->fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(c->fd, CONNECTIONS_MAX) < 0) die("listen");
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
  if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, c->fd, &event) < 0) die("epoll_ctl");
  return c;
}

int main(int argc, char **argv) {
  if (argc != 3 || atoi(argv[1]) <= 0 || atoi(argv[2]) <= 0) {
    fprintf(stderr, "usage: floor-broker FRONT-PORT API-PORT\n");
    return 2;
  }
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  listen_on((unsigned)atoi(argv[2]), LISTENER_API);
  listen_on((unsigned)atoi(argv[1]), LISTENER_FRONT);
  for (;;) {
    struct epoll_event event;
    /* One event at a time: handling one may close another connection. */
    if (epoll_wait(epoll_fd, &event, 1, -1) < 1) continue;
    struct connection *c = event.data.ptr;
    if (c->role == LISTENER_FRONT || c->role == LISTENER_API) on_listener(c);
    else if (c->output_count > 0 && (event.events & EPOLLOUT)) on_output(c);
    else on_input(c, event.events);
  }
}
