package com.amazonaws.services.lambda.crac;

/** Holds, as suppressed ones, what the resources threw after the restore. */
public class RestoreException extends Exception {
    private static final long serialVersionUID = 1L;

    public RestoreException() {}

    public RestoreException(String message) {
        super(message);
    }
}
