/*
 * A Lambda bootstrap that costs as little as one can: `next`, then `response` with the event as it came, for ever, over
 * one kept connection. With --pipeline the response and the following `next` leave in one write.
 * It ends quietly when the server closes the connection between two messages, and with status 1 on anything else.
 */
#define _GNU_SOURCE
#include "http-message.h"

static int fail(const char *what, const char *why) {
  fprintf(stderr, "bench bootstrap: %s: %s\n", what, why);
  return 1;
}

static int connect_patiently(const char *host, unsigned port) {
  for (int attempt = 0; attempt < 500; attempt++) {
    int fd = connect_ipv4(host, port, 0);
    if (fd >= 0 || errno != ECONNREFUSED) return fd;
    usleep(10000);
  }
  return -1;
}

int main(int argc, char **argv) {
  bool pipeline = argc > 1 && strcmp(argv[1], "--pipeline") == 0;
  const char *api = getenv("AWS_LAMBDA_RUNTIME_API");
  char host[64];
  unsigned port;
  if (api == NULL || sscanf(api, "%63[^:]:%u", host, &port) != 2 || port > 65535) {
    return fail("AWS_LAMBDA_RUNTIME_API", "must be address:port");
  }
  int fd = connect_patiently(host, port);
  if (fd < 0) return fail("connect", strerror(errno));

  char next[256], head[512];
  int next_length = snprintf(next, sizeof next,
    "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: %s\r\nUser-Agent: rik-bench\r\n\r\n", api);
  struct http_reader reader = {0};
  bool next_is_sent = false;
  for (;;) {
    if (!next_is_sent) {
      struct iovec parts[] = {{next, (size_t)next_length}};
      if (!send_all(fd, parts, 1)) return fail("send next", strerror(errno));
    }
    const char *problem = http_read_blocking(&reader, fd);
    if (problem != NULL) return strcmp(problem, "closed") == 0 ? 0 : fail("next", problem);
    if (reader.status != 200 || reader.request_id[0] == 0) return fail("next", "not an invocation");

    int head_length = snprintf(head, sizeof head,
      "POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: %s\r\nUser-Agent: rik-bench\r\n"
      "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
      reader.request_id, api, reader.body_length);
    struct iovec parts[] = {
      {head, (size_t)head_length}, {reader.bytes + reader.body_start, reader.body_length}, {next, (size_t)next_length}};
    if (!send_all(fd, parts, pipeline ? 3 : 2)) return fail("send response", strerror(errno));
    next_is_sent = pipeline;

    problem = http_read_blocking(&reader, fd);
    if (problem != NULL) return fail("response", problem);
    if (reader.status != 202) return fail("response", "not accepted");
  }
}
