package com.amazonaws.services.lambda.runtime;

/** Stand-in for the vendor's interface of this name: our own declaration, for tests only. */
public interface RequestHandler<I, O> {
    O handleRequest(I input, Context context);
}
