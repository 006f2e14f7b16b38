package rik.runtime;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.Type;
import rik.runtime.json.JsonException;
import rik.runtime.json.JsonMapper;
import rik.runtime.json.JsonWriter;

/** The codec of functions that bring none. */
final class JsonCodec implements Codec {
    /** Failures are reported with these texts; the cause is in the log only. */
    static final class CodecFailure extends RuntimeException {
        private static final long serialVersionUID = 1L;

        CodecFailure(String message, Throwable cause) {
            super(message, cause);
        }
    }

    @Override
    public Object read(byte[] event, Type type) {
        try {
            return JsonMapper.read(event, type);
        } catch (JsonException cause) {
            throw new CodecFailure("An error occurred during JSON parsing", cause);
        }
    }

    @Override
    public void write(Object result, Type type, OutputStream response) throws IOException {
        byte[] json;
        try {
            json = JsonWriter.write(result);
        } catch (RuntimeException cause) {
            throw new CodecFailure("An error occurred during JSON serialization of response", cause);
        } catch (StackOverflowError cause) {
            throw new CodecFailure("An error occurred during JSON serialization of response", cause);
        }
        response.write(json);
    }
}
