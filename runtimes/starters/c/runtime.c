/* A Lambda runtime in C: sockets and nothing else. Event and response are text. */
#define _POSIX_C_SOURCE 200809L
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>
#include "runtime.h"

#define PREFIX "/2018-06-01/runtime"

struct answer {
    int status;
    char request_id[256];
    char trace_id[1024];
    long long deadline_ms;
    char *body;
    size_t length;
};

/* Two streams over one connection: one stream cannot turn from reading to writing on a socket. */
static FILE *from_api, *to_api;
static const char *address;

static void die(const char *message) {
    fprintf(stderr, "%s\n", message);
    exit(1);
}

/* No time-out: the environment may be frozen while next waits. */
static void open_connection(void) {
    char host[256] = "", port[8] = "";
    int on = 1, descriptor = -1;
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *found;
    address = getenv("AWS_LAMBDA_RUNTIME_API");
    if (address == NULL || sscanf(address, "%255[^:]:%7[0-9]", host, port) != 2) die("AWS_LAMBDA_RUNTIME_API is not host:port");
    if (getaddrinfo(host, port, &hints, &found) != 0) die("the host of the Runtime API has no address");
    for (struct addrinfo *at = found; at != NULL && descriptor < 0; at = at->ai_next) {
        descriptor = socket(at->ai_family, at->ai_socktype, 0);
        if (descriptor >= 0 && connect(descriptor, at->ai_addr, at->ai_addrlen) != 0) {
            close(descriptor);
            descriptor = -1;
        }
    }
    freeaddrinfo(found);
    if (descriptor < 0) die("the Runtime API cannot be reached");
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    from_api = fdopen(descriptor, "r");
    to_api = fdopen(dup(descriptor), "w");
    if (from_api == NULL || to_api == NULL) die("out of memory");
}

static void close_connection(void) {
    fclose(from_api);
    fclose(to_api);
}

static void read_line(char *line, int size) {
    if (fgets(line, size, from_api) == NULL) die("the Runtime API has closed the connection");
    line[strcspn(line, "\r\n")] = '\0';
}

/* Copies the value when the line is that header. */
static int header(const char *line, const char *name, char *value, size_t size) {
    size_t length = strlen(name);
    if (strncasecmp(line, name, length) != 0 || line[length] != ':') return 0;
    line += length + 1;
    snprintf(value, size, "%s", line + strspn(line, " \t"));
    return 1;
}

/* Appends to the body, which is always ended by a NUL. */
static void read_body(struct answer *answer, size_t length) {
    char *longer = realloc(answer->body, answer->length + length + 1);
    if (longer == NULL) die("the answer does not fit into memory");
    answer->body = longer;
    if (fread(longer + answer->length, 1, length, from_api) != length) die("the answer was cut off");
    answer->length += length;
    longer[answer->length] = '\0';
}

static void read_chunks(struct answer *answer) {
    char line[1024];
    for (;;) {
        read_line(line, sizeof line);
        size_t length = strtoul(line, NULL, 16);
        read_body(answer, length);
        if (length == 0) break;
        read_line(line, sizeof line);
    }
    /* Trailers, of which none matters, and an empty line. */
    do read_line(line, sizeof line); while (line[0] != '\0');
}

static void send_call(const char *method, const char *path, const char *body, const char *error_type) {
    fprintf(to_api, "%s %s%s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n", method, PREFIX, path, address, strlen(body));
    if (error_type != NULL) fprintf(to_api, "Lambda-Runtime-Function-Error-Type: %s\r\n", error_type);
    fprintf(to_api, "\r\n%s", body);
    fflush(to_api);
}

static struct answer call(const char *method, const char *path, const char *body, const char *error_type) {
    struct answer answer = {0};
    char line[16384], number[32];
    int is_chunked = 0;
    long long length = -1;
    send_call(method, path, body, error_type);
    int first = fgetc(from_api);
    if (first == EOF) {
        /* A connection that was idle may have been closed meanwhile: once more on a new one. */
        close_connection();
        open_connection();
        send_call(method, path, body, error_type);
        first = fgetc(from_api);
    }
    ungetc(first, from_api);
    read_line(line, sizeof line);
    if (sscanf(line, "HTTP/1.%*d %d", &answer.status) != 1) die("the Runtime API speaks no HTTP");
    for (read_line(line, sizeof line); line[0] != '\0'; read_line(line, sizeof line)) {
        header(line, "Lambda-Runtime-Aws-Request-Id", answer.request_id, sizeof answer.request_id);
        header(line, "Lambda-Runtime-Trace-Id", answer.trace_id, sizeof answer.trace_id);
        if (header(line, "Lambda-Runtime-Deadline-Ms", number, sizeof number)) answer.deadline_ms = atoll(number);
        if (header(line, "Content-Length", number, sizeof number)) length = atoll(number);
        if (header(line, "Transfer-Encoding", number, sizeof number)) is_chunked = strcasecmp(number, "chunked") == 0;
    }
    if (is_chunked) read_chunks(&answer);
    else if (length >= 0) read_body(&answer, (size_t)length);
    else die("the answer has no length");
    return answer;
}

static void post(const char *path, const char *body, const char *error_type) {
    struct answer answer = call("POST", path, body, error_type);
    /* A 5xx means that the environment is lost; any other refusal concerns one invocation only. */
    if (answer.status >= 500) exit(1);
    if (answer.status != 202) fprintf(stderr, "the response was refused with %d: %s\n", answer.status, answer.body);
    free(answer.body);
}

static void report(const char *path, const char *type, const char *message) {
    char body[4096];
    size_t at = (size_t)snprintf(body, sizeof body, "{\"errorType\":\"%s\",\"stackTrace\":[],\"errorMessage\":\"", type);
    fprintf(stderr, "%s: %s\n", type, message);
    for (; *message != '\0' && at < sizeof body - 16; message++) {
        unsigned char character = (unsigned char)*message;
        if (character < 0x20 || character == '"' || character == '\\') at += (size_t)sprintf(body + at, "\\u%04x", character);
        else body[at++] = (char)character;
    }
    strcpy(body + at, "\"}");
    post(path, body, type);
}

/* Text as one segment of a path. */
static void encode(const char *text, char *encoded) {
    for (; *text != '\0'; text++) {
        unsigned char character = (unsigned char)*text;
        if (isalnum(character) || strchr("-._~", character) != NULL) *encoded++ = (char)character;
        else encoded += sprintf(encoded, "%%%02X", character);
    }
    *encoded = '\0';
}

int main(void) {
    signal(SIGPIPE, SIG_IGN);
    open_connection();
    const char *name = getenv("_HANDLER");
    handler_function handler = find_handler(name != NULL && name[0] != '\0' ? name : "function.handler");
    if (handler == NULL) {
        report("/init/error", "Runtime.NoSuchHandler", "there is no handler of this name");
        return 1;
    }
    for (;;) {
        struct answer next = call("GET", "/invocation/next", "", NULL);
        struct context context = {next.request_id, next.deadline_ms};
        char id[3 * sizeof next.request_id], path[1024], *response = NULL;
        if (next.status != 200) die("next was not answered with 200");
        if (next.trace_id[0] != '\0') setenv("_X_AMZN_TRACE_ID", next.trace_id, 1);
        else unsetenv("_X_AMZN_TRACE_ID");
        int failed = handler(next.body, &context, &response);
        encode(next.request_id, id);
        snprintf(path, sizeof path, "/invocation/%s/%s", id, failed ? "error" : "response");
        if (failed) report(path, "Function.Error", response != NULL ? response : "the handler has failed");
        else post(path, response != NULL ? response : "null", NULL);
        free(response);
        free(next.body);
    }
}
