/*
 * Incremental reader of HTTP/1.1 messages for the bench's own programs: enough of the protocol for the routes that are
 * measured and no more. Chunked bodies are read because Go's server answers with them above 2 KiB. Everything is
 * bounded, and a message that is not understood ends the program that reads it: a bench must not guess.
 */
#ifndef RIK_BENCH_HTTP_MESSAGE_H
#define RIK_BENCH_HTTP_MESSAGE_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define HEAD_BYTES_MAX 65536u
#define BODY_BYTES_MAX (16u * 1024 * 1024)
#define READ_BYTES_MIN 65536u

enum http_phase { HTTP_HEAD, HTTP_LENGTH, HTTP_CHUNK_SIZE, HTTP_CHUNK_DATA, HTTP_CHUNK_END, HTTP_TRAILER };
enum http_progress { HTTP_MORE, HTTP_DONE, HTTP_BAD };

struct http_reader {
  char *bytes;          /* bytes[0..end) are received; a message always starts at 0 */
  size_t capacity, end;
  size_t scan;          /* the next byte to look at */
  size_t chunk_left;
  enum http_phase phase;
  bool finished;        /* the message is complete and still in the buffer */
  /* The message. Offsets, not pointers: the buffer moves when it grows. */
  int status;           /* 0 for a request */
  size_t method_length, path_start, path_length;
  size_t body_start, body_length;
  bool connection_close;
  char request_id[80];
};

static inline uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline void http_reader_free(struct http_reader *r) {
  free(r->bytes);
  memset(r, 0, sizeof *r);
}

/* Drops the message that was read; what came after it (a pipelined message) moves to the front. */
static inline void http_next(struct http_reader *r) {
  if (!r->finished) return;
  size_t left = r->end - r->scan;
  if (left > 0) memmove(r->bytes, r->bytes + r->scan, left);
  r->end = left;
  r->scan = 0;
  r->phase = HTTP_HEAD;
  r->finished = false;
}

static inline bool http_reserve(struct http_reader *r, size_t capacity) {
  if (capacity <= r->capacity) return true;
  char *bytes = realloc(r->bytes, capacity);
  if (bytes == NULL) return false;
  r->bytes = bytes;
  r->capacity = capacity;
  return true;
}

/* Number of bytes received, 0 at the end of the stream, -1 with errno. */
static inline ssize_t http_fill(struct http_reader *r, int fd) {
  size_t wanted = r->end + READ_BYTES_MIN;
  if (wanted > r->capacity && !http_reserve(r, wanted < 2 * r->capacity ? 2 * r->capacity : wanted)) {
    errno = ENOMEM;
    return -1;
  }
  ssize_t count = recv(fd, r->bytes + r->end, r->capacity - r->end, 0);
  if (count > 0) r->end += (size_t)count;
  return count;
}

static inline bool http_field(const char *line, size_t length, const char *name, const char **value, size_t *value_length) {
  size_t name_length = strlen(name);
  if (length <= name_length || line[name_length] != ':' || strncasecmp(line, name, name_length) != 0) return false;
  const char *from = line + name_length + 1, *to = line + length;
  while (from < to && (*from == ' ' || *from == '\t')) from++;
  while (to > from && (to[-1] == ' ' || to[-1] == '\t')) to--;
  *value = from;
  *value_length = (size_t)(to - from);
  return true;
}

static inline bool http_number(const char *text, size_t length, unsigned base, size_t maximum, size_t *out) {
  size_t value = 0;
  if (length == 0) return false;
  for (size_t i = 0; i < length; i++) {
    unsigned digit;
    if (text[i] >= '0' && text[i] <= '9') digit = (unsigned)(text[i] - '0');
    else if (base == 16 && (text[i] | 32) >= 'a' && (text[i] | 32) <= 'f') digit = (unsigned)((text[i] | 32) - 'a') + 10;
    else return false;
    value = value * base + digit;
    if (value > maximum) return false;
  }
  *out = value;
  return true;
}

static inline bool http_first_line(struct http_reader *r, const char *line, size_t length) {
  if (length >= 12 && memcmp(line, "HTTP/1.1 ", 9) == 0) {
    size_t status;
    if (!http_number(line + 9, 3, 10, 999, &status)) return false;
    r->status = (int)status;
    return true;
  }
  const char *first = memchr(line, ' ', length);
  if (first == NULL) return false;
  const char *path = first + 1;
  const char *second = memchr(path, ' ', (size_t)(line + length - path));
  if (second == NULL || line + length - second != 9 || memcmp(second, " HTTP/1.1", 9) != 0) return false;
  r->method_length = (size_t)(first - line);
  r->path_start = (size_t)(path - line);
  r->path_length = (size_t)(second - path);
  return true;
}

static inline bool http_head(struct http_reader *r, size_t head_end) {
  bool chunked = false;
  size_t content_length = 0;
  r->status = 0;
  r->method_length = r->path_start = r->path_length = 0;
  r->connection_close = false;
  r->request_id[0] = 0;
  const char *line = r->bytes, *end = r->bytes + head_end - 2;
  while (line < end) {
    const char *line_end = memchr(line, '\r', (size_t)(end + 1 - line));
    if (line_end == NULL) return false;
    size_t length = (size_t)(line_end - line), value_length;
    const char *value;
    if (line == r->bytes) {
      if (!http_first_line(r, line, length)) return false;
    } else if (http_field(line, length, "content-length", &value, &value_length)) {
      if (!http_number(value, value_length, 10, BODY_BYTES_MAX, &content_length)) return false;
    } else if (http_field(line, length, "transfer-encoding", &value, &value_length)) {
      if (value_length != 7 || strncasecmp(value, "chunked", 7) != 0) return false;
      chunked = true;
    } else if (http_field(line, length, "connection", &value, &value_length)) {
      r->connection_close = value_length == 5 && strncasecmp(value, "close", 5) == 0;
    } else if (http_field(line, length, "lambda-runtime-aws-request-id", &value, &value_length)) {
      if (value_length >= sizeof r->request_id) return false;
      memcpy(r->request_id, value, value_length);
      r->request_id[value_length] = 0;
    }
    line = line_end + 2;
  }
  r->body_start = r->scan = head_end;
  r->body_length = chunked ? 0 : content_length;
  r->phase = chunked ? HTTP_CHUNK_SIZE : HTTP_LENGTH;
  return true;
}

/* Offset just after the next CRLF at or after `scan`, or 0 when it has not come yet. */
static inline size_t http_line_end(const struct http_reader *r) {
  const char *found = memmem(r->bytes + r->scan, r->end - r->scan, "\r\n", 2);
  return found == NULL ? 0 : (size_t)(found - r->bytes) + 2;
}

static inline enum http_progress http_step(struct http_reader *r) {
  for (;;) {
    switch (r->phase) {
      case HTTP_HEAD: {
        size_t from = r->scan > 3 ? r->scan - 3 : 0;
        const char *found = r->end == 0 ? NULL : memmem(r->bytes + from, r->end - from, "\r\n\r\n", 4);
        if (found == NULL) {
          r->scan = r->end;
          return r->end > HEAD_BYTES_MAX ? HTTP_BAD : HTTP_MORE;
        }
        if (!http_head(r, (size_t)(found - r->bytes) + 4)) return HTTP_BAD;
        break;
      }
      case HTTP_LENGTH:
        if (r->end - r->body_start < r->body_length) {
          /* One allocation for the whole body, so that every receive asks for all that is missing. */
          if (!http_reserve(r, r->body_start + r->body_length + READ_BYTES_MIN)) return HTTP_BAD;
          return HTTP_MORE;
        }
        r->scan = r->body_start + r->body_length;
        r->finished = true;
        return HTTP_DONE;
      case HTTP_CHUNK_SIZE: {
        size_t line_end = http_line_end(r);
        if (line_end == 0) return r->end - r->scan > 1024 ? HTTP_BAD : HTTP_MORE;
        size_t digits = strcspn(r->bytes + r->scan, ";\r \t");
        if (!http_number(r->bytes + r->scan, digits, 16, BODY_BYTES_MAX, &r->chunk_left)) return HTTP_BAD;
        if (r->body_length + r->chunk_left > BODY_BYTES_MAX) return HTTP_BAD;
        r->scan = line_end;
        r->phase = r->chunk_left == 0 ? HTTP_TRAILER : HTTP_CHUNK_DATA;
        break;
      }
      case HTTP_CHUNK_DATA: {
        size_t available = r->end - r->scan;
        size_t count = available < r->chunk_left ? available : r->chunk_left;
        /* The body is joined in place: it is never longer than its chunked form. */
        memmove(r->bytes + r->body_start + r->body_length, r->bytes + r->scan, count);
        r->body_length += count;
        r->scan += count;
        r->chunk_left -= count;
        if (r->chunk_left > 0) return HTTP_MORE;
        r->phase = HTTP_CHUNK_END;
        break;
      }
      case HTTP_CHUNK_END:
        if (r->end - r->scan < 2) return HTTP_MORE;
        if (memcmp(r->bytes + r->scan, "\r\n", 2) != 0) return HTTP_BAD;
        r->scan += 2;
        r->phase = HTTP_CHUNK_SIZE;
        break;
      case HTTP_TRAILER: {
        size_t line_end = http_line_end(r);
        if (line_end == 0) return r->end - r->scan > HEAD_BYTES_MAX ? HTTP_BAD : HTTP_MORE;
        bool last = line_end == r->scan + 2;
        r->scan = line_end;
        if (last) {
          r->finished = true;
          return HTTP_DONE;
        }
        break;
      }
    }
  }
}

/* Reads one whole message from a blocking socket; NULL, or what went wrong. "closed" is an end between two messages. */
static inline const char *http_read_blocking(struct http_reader *r, int fd) {
  http_next(r);
  for (;;) {
    enum http_progress progress = http_step(r);
    if (progress == HTTP_DONE) return NULL;
    if (progress == HTTP_BAD) return "a message that is not understood";
    ssize_t count = http_fill(r, fd);
    if (count == 0) return r->end == 0 ? "closed" : "the connection ended inside a message";
    if (count < 0 && errno != EINTR) return errno == EAGAIN ? "no answer in time" : strerror(errno);
  }
}

static inline bool send_all(int fd, struct iovec *parts, int count) {
  while (count > 0) {
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = (size_t)count};
    ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      return false;
    }
    while (count > 0 && (size_t)sent >= parts->iov_len) {
      sent -= (ssize_t)parts->iov_len;
      parts++;
      count--;
    }
    if (count > 0) {
      parts->iov_base = (char *)parts->iov_base + sent;
      parts->iov_len -= (size_t)sent;
    }
  }
  return true;
}

/* A blocking connection without Nagle; -1 with errno. `wait_seconds` bounds every later send and receive, 0 = no bound. */
static inline int connect_ipv4(const char *host, unsigned port, unsigned wait_seconds) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  if (inet_pton(AF_INET, host, &address.sin_addr) != 1) {
    errno = EINVAL;
    return -1;
  }
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
  if (fd < 0) return -1;
  struct timeval wait = {.tv_sec = (time_t)wait_seconds};
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
    int reason = errno;
    close(fd);
    errno = reason;
    return -1;
  }
  return fd;
}

#endif
