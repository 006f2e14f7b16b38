package com.amazonaws.services.lambda.crac;

/** What wants to know of a snapshot: before it is taken, and after an environment was restored from it. */
public interface Resource {
    void beforeCheckpoint(Context<? extends Resource> context) throws Exception;

    void afterRestore(Context<? extends Resource> context) throws Exception;
}
