package com.amazonaws.services.lambda.runtime.logging;

/** Stand-in for the vendor's type of this name: our own declaration, for tests only. */
public enum LogLevel {
    UNDEFINED,
    TRACE,
    DEBUG,
    INFO,
    WARN,
    ERROR,
    FATAL
}
