package com.amazonaws.services.lambda.runtime;

import com.amazonaws.services.lambda.runtime.logging.LogLevel;

/** Stand-in for the vendor's interface of this name: our own declaration, for tests only. */
public interface LambdaLogger {
    void log(String message);

    void log(byte[] message);

    default void log(String message, LogLevel level) {
        throw new UnsupportedOperationException();
    }
}
