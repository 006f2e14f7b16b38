package rik.runtime;

import java.io.IOException;
import java.io.OutputStream;
import rik.runtime.ReplyReader.Reply;

/**
 * The stream of a streaming function: it gathers what is written and sends it with `flush`, with `close`, and whenever enough has come
 * together. Source: runtime-api 8; the vendor's Java runtime has no streaming.
 */
final class StreamedResponse extends OutputStream {
    private static final int GATHERED_BYTES_MAX = 8_192;

    private final RuntimeClient client;
    private final String requestId;
    private final String contentType;
    private final byte[] gathered = new byte[GATHERED_BYTES_MAX];
    private int gatheredBytes;
    private RuntimeClient.StreamCall call;
    private boolean hasEnded;

    StreamedResponse(RuntimeClient client, String requestId, String contentType) {
        this.client = client;
        this.requestId = requestId;
        this.contentType = contentType;
    }

    /** Something has been sent: an error can only come behind it. */
    boolean hasBegun() {
        return call != null;
    }

    @Override
    public void write(int value) throws IOException {
        if (gatheredBytes == GATHERED_BYTES_MAX) {
            flush();
        }
        checkOpen();
        gathered[gatheredBytes++] = (byte) value;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        checkOpen();
        if (length > GATHERED_BYTES_MAX - gatheredBytes) {
            flush();
        }
        if (length > GATHERED_BYTES_MAX) {
            begun().write(bytes, offset, length);
            return;
        }
        System.arraycopy(bytes, offset, gathered, gatheredBytes, length);
        gatheredBytes += length;
    }

    @Override
    public void flush() throws IOException {
        if (gatheredBytes > 0 && !hasEnded) {
            begun().write(gathered, 0, gatheredBytes);
            gatheredBytes = 0;
        }
    }

    @Override
    public void close() throws IOException {
        if (!hasEnded) {
            flush();
            hasEnded = true;
            begun().end(null, null);
        }
    }

    /** Ends a response that has begun with an error behind what was written. */
    void fail(String errorType, byte[] body) throws IOException {
        if (!hasEnded) {
            hasEnded = true;
            call.end(errorType, body);
        }
    }

    /** The platform's answer. */
    Reply reply() throws IOException {
        return call.reply();
    }

    private RuntimeClient.StreamCall begun() throws IOException {
        if (call == null) {
            call = client.beginStream(requestId, contentType);
        }
        return call;
    }

    private void checkOpen() throws IOException {
        if (hasEnded) {
            throw new IOException("the response stream has ended");
        }
    }
}
