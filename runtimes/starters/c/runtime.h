#ifndef RUNTIME_H
#define RUNTIME_H

struct context {
    const char *request_id;
    long long deadline_ms;
};

/* Sets *response to text from malloc, which is freed when it has been sent, and returns 0; or sets it to a message and returns 1. */
typedef int (*handler_function)(const char *event, const struct context *context, char **response);

/* The function of a handler string, or NULL. */
handler_function find_handler(const char *name);

#endif
