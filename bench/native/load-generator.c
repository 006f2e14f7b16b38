/*
 * Load for a front door: a prepared POST over kept connections, one thread and one socket per connection, the next
 * request when the answer is complete. Every answer must be 200 and the echo of what was sent. The event carries a
 * number that changes each time, so an answer that belongs to another invocation is noticed. Bodies above 64 KiB are
 * compared at both ends each time and as a whole on every 16th answer: comparing costs the generator's time, not the
 * broker's, but the rate would show it.
 *
 * Prints one line of JSON: see load-report.ts. The processor time of the watched processes is taken here, at the same
 * instants as the first and the last measured exchange.
 */
#define _GNU_SOURCE
#include "http-message.h"
#include <pthread.h>

#define SUB_BUCKETS 128u
#define BUCKETS (SUB_BUCKETS * 40)
#define CONNECTIONS_MAX 64
#define WATCHED_MAX 16
#define ANSWER_WAIT_SECONDS 30
#define WHOLE_COMPARE_BYTES_MAX 65536u
#define EDGE_BYTES 256u

struct settings {
  unsigned port, connections;
  const char *path;
  double seconds, warmup_seconds;
  uint64_t count;
  size_t bytes;
  int watched[WATCHED_MAX];
  unsigned watched_count;
};

struct connection {
  const struct settings *settings;
  unsigned index;
  uint64_t measure_from_ns, measure_until_ns;
  uint64_t warmup_count, count, last_ns;
  uint64_t histogram[BUCKETS];
  char failure[256];
};

static unsigned bucket_of(uint64_t ns) {
  if (ns < SUB_BUCKETS) return (unsigned)ns;
  unsigned shift = 63u - (unsigned)__builtin_clzll(ns) - 7u;
  unsigned bucket = (shift + 1) * SUB_BUCKETS + (unsigned)((ns >> shift) - SUB_BUCKETS);
  return bucket < BUCKETS ? bucket : BUCKETS - 1;
}

/* The largest value that falls into the bucket: percentiles are rounded up, by less than 1 %. */
static uint64_t bucket_upper_ns(unsigned bucket) {
  if (bucket < SUB_BUCKETS) return bucket;
  unsigned shift = bucket / SUB_BUCKETS - 1;
  return (((uint64_t)(bucket % SUB_BUCKETS) + SUB_BUCKETS + 1) << shift) - 1;
}

/* A JSON document of exactly `bytes` bytes: a two-digit number, or a string that starts with eight digits. */
static void write_event(char *body, size_t bytes, uint64_t number) {
  if (bytes < 10) {
    for (size_t i = bytes; i-- > 0; number /= 9) body[i] = (char)('1' + number % 9);
    return;
  }
  for (size_t i = 9; i-- > 1; number /= 10) body[i] = (char)('0' + number % 10);
}

static bool is_echo(const char *sent, const char *got, size_t bytes, uint64_t number) {
  if (bytes <= WHOLE_COMPARE_BYTES_MAX || number % 16 == 0) return memcmp(sent, got, bytes) == 0;
  return memcmp(sent, got, EDGE_BYTES) == 0 && memcmp(sent + bytes - EDGE_BYTES, got + bytes - EDGE_BYTES, EDGE_BYTES) == 0;
}

static void *run(void *argument) {
  struct connection *c = argument;
  const struct settings *s = c->settings;
  int fd = connect_ipv4("127.0.0.1", s->port, ANSWER_WAIT_SECONDS);
  if (fd < 0) {
    snprintf(c->failure, sizeof c->failure, "connect: %s", strerror(errno));
    return NULL;
  }
  char head[1024];
  int head_length = snprintf(head, sizeof head,
    "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
    s->path, s->port, s->bytes);
  char *request = malloc((size_t)head_length + s->bytes), *body = request + head_length;
  if (request == NULL || head_length >= (int)sizeof head) abort();
  memcpy(request, head, (size_t)head_length);
  memset(body, 'x', s->bytes);
  if (s->bytes >= 10) body[0] = body[s->bytes - 1] = '"';

  struct http_reader reader = {0};
  for (uint64_t number = c->index;; number += s->connections) {
    write_event(body, s->bytes, number);
    uint64_t from = now_ns();
    bool is_measured = from >= c->measure_from_ns;
    /* At least one exchange is measured, however slow the broker. */
    if (c->count > 0 && (from >= c->measure_until_ns || (s->count > 0 && c->count >= s->count))) break;
    struct iovec parts[] = {{request, (size_t)head_length + s->bytes}};
    const char *problem = send_all(fd, parts, 1) ? http_read_blocking(&reader, fd) : strerror(errno);
    uint64_t to = now_ns();
    if (problem != NULL) {
      snprintf(c->failure, sizeof c->failure, "exchange %llu: %s", (unsigned long long)number, problem);
      break;
    }
    if (reader.status != 200) {
      snprintf(c->failure, sizeof c->failure, "exchange %llu: status %d", (unsigned long long)number, reader.status);
      break;
    }
    if (reader.body_length != s->bytes || !is_echo(body, reader.bytes + reader.body_start, s->bytes, number / s->connections)) {
      snprintf(c->failure, sizeof c->failure, "exchange %llu: the answer of %zu bytes is not the echo of the event of %zu bytes",
        (unsigned long long)number, reader.body_length, s->bytes);
      break;
    }
    if (is_measured) {
      c->histogram[bucket_of(to - from)]++;
      c->count++;
      c->last_ns = to;
    } else {
      c->warmup_count++;
    }
    if (reader.connection_close) {
      snprintf(c->failure, sizeof c->failure, "the broker closes the connection after an answer");
      break;
    }
  }
  http_reader_free(&reader);
  free(request);
  close(fd);
  return NULL;
}

/* User and system time of a whole process in microseconds; -1 when it is gone. */
static long long cpu_us(int pid) {
  char path[64], text[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  FILE *file = fopen(path, "r");
  if (file == NULL) return -1;
  size_t length = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[length] = 0;
  /* The second field is the name in brackets and may hold anything, so reading starts behind its last bracket. */
  const char *after = strrchr(text, ')');
  long long user, system;
  if (after == NULL || sscanf(after + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lld %lld", &user, &system) != 2) return -1;
  return (user + system) * 1000000 / sysconf(_SC_CLK_TCK);
}

/* Busy time of the whole machine, everybody's, in microseconds: all of the first line of /proc/stat but idle and iowait. */
static long long machine_busy_us(void) {
  FILE *file = fopen("/proc/stat", "r");
  long long user = 0, nice = 0, system = 0, idle, wait, irq = 0, softirq = 0, steal = 0;
  if (file == NULL) return -1;
  int fields = fscanf(file, "cpu %lld %lld %lld %lld %lld %lld %lld %lld", &user, &nice, &system, &idle, &wait, &irq, &softirq, &steal);
  fclose(file);
  return fields < 7 ? -1 : (user + nice + system + irq + softirq + steal) * 1000000 / sysconf(_SC_CLK_TCK);
}

static void sleep_until(uint64_t when_ns) {
  struct timespec t = {.tv_sec = (time_t)(when_ns / 1000000000u), .tv_nsec = (long)(when_ns % 1000000000u)};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR) {}
}

static void usage(void) {
  fprintf(stderr, "usage: load-generator --port N --path P --bytes N --seconds S [--warmup-seconds S] [--count N]"
    " [--connections N] [--watch PID]...\n");
  exit(2);
}

static void parse(struct settings *s, int argc, char **argv) {
  for (int i = 1; i < argc; i += 2) {
    if (i + 1 >= argc) usage();
    const char *name = argv[i], *value = argv[i + 1];
    if (strcmp(name, "--port") == 0) s->port = (unsigned)atoi(value);
    else if (strcmp(name, "--path") == 0) s->path = value;
    else if (strcmp(name, "--bytes") == 0) s->bytes = strtoul(value, NULL, 10);
    else if (strcmp(name, "--seconds") == 0) s->seconds = atof(value);
    else if (strcmp(name, "--warmup-seconds") == 0) s->warmup_seconds = atof(value);
    else if (strcmp(name, "--count") == 0) s->count = strtoull(value, NULL, 10);
    else if (strcmp(name, "--connections") == 0) s->connections = (unsigned)atoi(value);
    else if (strcmp(name, "--watch") == 0 && s->watched_count < WATCHED_MAX) s->watched[s->watched_count++] = atoi(value);
    else usage();
  }
  if (s->port == 0 || s->port > 65535 || s->path == NULL || s->connections == 0 || s->connections > CONNECTIONS_MAX) usage();
  if (s->bytes == 0 || s->bytes > BODY_BYTES_MAX || s->seconds <= 0 || s->seconds > 600 || s->warmup_seconds < 0) usage();
}

int main(int argc, char **argv) {
  struct settings s = {.connections = 1};
  parse(&s, argc, argv);
  struct connection *connections = calloc(s.connections, sizeof *connections);
  pthread_t *threads = calloc(s.connections, sizeof *threads);
  if (connections == NULL || threads == NULL) abort();

  uint64_t begin = now_ns(), from = begin + (uint64_t)(s.warmup_seconds * 1e9), until = from + (uint64_t)(s.seconds * 1e9);
  for (unsigned i = 0; i < s.connections; i++) {
    connections[i].settings = &s;
    connections[i].index = i;
    connections[i].measure_from_ns = from;
    connections[i].measure_until_ns = until;
    if (pthread_create(&threads[i], NULL, run, &connections[i]) != 0) abort();
  }
  long long cpu[WATCHED_MAX];
  sleep_until(from);
  for (unsigned i = 0; i < s.watched_count; i++) cpu[i] = cpu_us(s.watched[i]);
  long long own_us = cpu_us(getpid()), busy_us = machine_busy_us();
  for (unsigned i = 0; i < s.connections; i++) pthread_join(threads[i], NULL);
  own_us = cpu_us(getpid()) - own_us;
  busy_us = machine_busy_us() - busy_us;
  for (unsigned i = 0; i < s.watched_count; i++) {
    long long after = cpu_us(s.watched[i]);
    cpu[i] = cpu[i] < 0 || after < 0 ? -1 : after - cpu[i];
  }

  uint64_t count = 0, warmup_count = 0, last = from;
  const char *failure = "";
  static uint64_t histogram[BUCKETS];
  for (unsigned i = 0; i < s.connections; i++) {
    count += connections[i].count;
    warmup_count += connections[i].warmup_count;
    if (connections[i].last_ns > last) last = connections[i].last_ns;
    if (connections[i].failure[0] != 0) failure = connections[i].failure;
    for (unsigned b = 0; b < BUCKETS; b++) histogram[b] += connections[i].histogram[b];
  }
  /* Our own texts only: nothing in `failure` needs escaping. */
  printf("{\"count\":%llu,\"warmupCount\":%llu,\"elapsedNs\":%llu,\"failure\":\"%s\",\"generatorCpuUs\":%lld,\"machineBusyUs\":%lld,\"watched\":[", (unsigned long long)count,
    (unsigned long long)warmup_count, (unsigned long long)(last - from), failure, own_us, busy_us);
  for (unsigned i = 0; i < s.watched_count; i++) printf("%s{\"pid\":%d,\"cpuUs\":%lld}", i ? "," : "", s.watched[i], cpu[i]);
  printf("],\"histogram\":[");
  for (unsigned b = 0, first = 1; b < BUCKETS; b++) {
    if (histogram[b] == 0) continue;
    printf("%s[%llu,%llu]", first ? "" : ",", (unsigned long long)bucket_upper_ns(b), (unsigned long long)histogram[b]);
    first = 0;
  }
  printf("]}\n");
  return failure[0] == 0 ? 0 : 1;
}
