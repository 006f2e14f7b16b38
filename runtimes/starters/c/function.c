#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "runtime.h"

static int greet(const char *event, const struct context *context, char **response) {
    if (strstr(event, "\"fail\":true") != NULL) {
        *response = strdup("the event asked for a failure");
        return 1;
    }
    size_t size = strlen(event) + strlen(context->request_id) + 128;
    *response = malloc(size);
    if (*response == NULL) return 1;
    snprintf(*response, size, "{\"greeting\":\"Hello from C!\",\"event\":%s,\"requestId\":\"%s\"}", event, context->request_id);
    return 0;
}

/* For the conformance suite, whose contract these two are: the event as it came, and an error with this message. */
static int echo(const char *event, const struct context *context, char **response) {
    (void)context;
    *response = strdup(event);
    return *response == NULL;
}

static int fail(const char *event, const struct context *context, char **response) {
    (void)event;
    (void)context;
    *response = strdup("conformance failure");
    return 1;
}

handler_function find_handler(const char *name) {
    if (strcmp(name, "function.handler") == 0) return greet;
    if (strcmp(name, "function.echo") == 0) return echo;
    if (strcmp(name, "function.fail") == 0) return fail;
    return NULL;
}
