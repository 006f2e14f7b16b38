package com.amazonaws.services.lambda.crac;

/** Holds, as suppressed ones, what the resources threw before the snapshot. */
public class CheckpointException extends Exception {
    private static final long serialVersionUID = 1L;

    public CheckpointException() {}

    public CheckpointException(String message) {
        super(message);
    }
}
