package rik.runtime.json;

/** A text is not JSON, or not of the wanted shape, or a value has no JSON form. */
public final class JsonException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public JsonException(String message) {
        super(message);
    }

    public JsonException(String message, Throwable cause) {
        super(message, cause);
    }
}
