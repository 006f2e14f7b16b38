package rik.runtime;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import rik.runtime.ReplyReader.MalformedReplyException;
import rik.runtime.ReplyReader.Reply;

/**
 * The Runtime API over one raw keep-alive socket. `next` has no time-out, because the environment may be frozen while the
 * call is pending.
 *
 * <p>A small response and the following `next` go out in one write. That is lawful HTTP/1.1 (RFC 9112, 9.3.2) once the
 * server has shown that it keeps connections open; the state machine sees the two calls in order, as it would anyway.
 */
final class RuntimeClient {
    private static final String NEXT_PATH = "/2018-06-01/runtime/invocation/next";
    private static final String INVOCATION_PATH_PREFIX = "/2018-06-01/runtime/invocation/";
    private static final String INIT_ERROR_PATH = "/2018-06-01/runtime/init/error";
    private static final String RESTORE_NEXT_PATH = "/2018-06-01/runtime/restore/next";
    private static final String RESTORE_ERROR_PATH = "/2018-06-01/runtime/restore/error";
    private static final String ERROR_TYPE_HEADER = "Lambda-Runtime-Function-Error-Type";
    private static final String ERROR_BODY_TRAILER = "Lambda-Runtime-Function-Error-Body";
    /**
     * Above this a response is sent alone: nothing is gained any more, and its refusal (413) is seen before the next event
     * is asked for.
     */
    private static final int PIPELINED_BODY_BYTES_MAX = 65_536;
    /** Where the vendor's client drops the X-Ray cause; servers refuse larger headers. */
    private static final int XRAY_CAUSE_BYTES_MAX = 1_048_576;

    /** Sees an answer other than 202; throwing ends the loop. */
    interface RefusalListener {
        void onRefused(Reply reply) throws IOException;
    }

    private final String host;
    private final int port;
    private final String prefix;
    private final String headTail;
    private final String userAgent;
    private final byte[] nextMessage;
    private Socket socket;
    private ReplyReader reader;
    /** Replies seen on the present connection. */
    private int replyCount;
    private boolean isPipeliningAllowed;
    private byte[] outgoing = new byte[1_024];

    /** @param address `host:port` or `host:port/prefix`, as in AWS_LAMBDA_RUNTIME_API */
    RuntimeClient(String address, String userAgent) {
        int slash = address.indexOf('/');
        String authority = slash < 0 ? address : address.substring(0, slash);
        int colon = authority.lastIndexOf(':');
        try {
            this.port = Integer.parseInt(authority.substring(colon + 1));
        } catch (NumberFormatException cause) {
            throw new IllegalArgumentException("AWS_LAMBDA_RUNTIME_API is '" + address + "', which is not host:port");
        }
        if (colon <= 0) {
            throw new IllegalArgumentException("AWS_LAMBDA_RUNTIME_API is '" + address + "', which is not host:port");
        }
        this.host = authority.substring(0, colon);
        String path = slash < 0 ? "" : address.substring(slash);
        while (path.endsWith("/")) {
            path = path.substring(0, path.length() - 1);
        }
        this.prefix = path;
        this.headTail = " HTTP/1.1\r\nHost: " + authority + "\r\n";
        this.userAgent = userAgent;
        this.nextMessage = getMessage(NEXT_PATH);
    }

    /** Asks for the next invocation and waits as long as it takes. */
    Reply next() throws IOException {
        return get(nextMessage);
    }

    /** Waits until the environment has been restored from its snapshot. */
    Reply restoreNext() throws IOException {
        return get(getMessage(RESTORE_NEXT_PATH));
    }

    private byte[] getMessage(String path) {
        return ascii("GET " + prefix + path + headTail + "User-Agent: " + userAgent + "\r\n\r\n");
    }

    private Reply get(byte[] message) throws IOException {
        Reply[] replies = new Reply[1];
        exchange(replies, message, message.length, message.length);
        return replies[0];
    }

    /** Posts the response and asks for the next invocation. */
    Reply respondThenNext(String requestId, byte[] body, int bodyBytes, RefusalListener listener) throws IOException {
        byte[] head =
                ascii(
                        "POST " + prefix + INVOCATION_PATH_PREFIX + quote(requestId) + "/response" + headTail
                                + "Content-Type: application/json\r\nContent-Length: " + bodyBytes + "\r\n\r\n");
        if (isPipeliningAllowed && bodyBytes <= PIPELINED_BODY_BYTES_MAX) {
            Reply[] replies = new Reply[2];
            int firstBytes = head.length + bodyBytes;
            reserve(firstBytes + nextMessage.length);
            System.arraycopy(head, 0, outgoing, 0, head.length);
            System.arraycopy(body, 0, outgoing, head.length, bodyBytes);
            System.arraycopy(nextMessage, 0, outgoing, firstBytes, nextMessage.length);
            exchange(replies, outgoing, firstBytes, firstBytes + nextMessage.length);
            checkAccepted(replies[0], listener);
            return replies[1];
        }
        checkAccepted(post(head, body, bodyBytes), listener);
        return next();
    }

    void postInvocationError(String requestId, String errorType, byte[] body, String xrayCause, RefusalListener listener)
            throws IOException {
        checkAccepted(postError(INVOCATION_PATH_PREFIX + quote(requestId) + "/error", errorType, body, xrayCause), listener);
    }

    /** Lawful only before the first `next`; the process must exit afterwards. */
    void postInitError(String errorType, byte[] body) throws IOException {
        postError(INIT_ERROR_PATH, errorType, body, null);
    }

    /** The process must exit afterwards. */
    void postRestoreError(String errorType, byte[] body) throws IOException {
        postError(RESTORE_ERROR_PATH, errorType, body, null);
    }

    /** Begins a streamed response. What was sent is not kept, so that nothing of it is repeated. */
    StreamCall beginStream(String requestId, String contentType) throws IOException {
        if (socket == null) {
            connect();
        }
        String head =
                "POST " + prefix + INVOCATION_PATH_PREFIX + quote(requestId) + "/response" + headTail
                        + "Content-Type: " + headerText(contentType)
                        + "\r\nLambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\n"
                        + "Trailer: " + ERROR_TYPE_HEADER + ", " + ERROR_BODY_TRAILER + "\r\n\r\n";
        return new StreamCall(head);
    }

    /** A response that is sent while it is made; the head goes out with the first piece. */
    final class StreamCall {
        private String head;

        private StreamCall(String head) {
            this.head = head;
        }

        void write(byte[] bytes, int offset, int length) throws IOException {
            byte[] before = ascii(head + Integer.toHexString(length) + "\r\n");
            byte[] piece = new byte[before.length + length + 2];
            System.arraycopy(before, 0, piece, 0, before.length);
            System.arraycopy(bytes, offset, piece, before.length, length);
            piece[piece.length - 2] = '\r';
            piece[piece.length - 1] = '\n';
            head = "";
            socket.getOutputStream().write(piece);
        }

        /** `errorType` null: the response is whole. */
        void end(String errorType, byte[] errorBody) throws IOException {
            String trailers =
                    errorType == null
                            ? ""
                            : ERROR_TYPE_HEADER + ": " + errorType + "\r\n"
                                    + ERROR_BODY_TRAILER + ": " + Base64.getEncoder().encodeToString(errorBody) + "\r\n";
            socket.getOutputStream().write(ascii(head + "0\r\n" + trailers + "\r\n"));
            head = "";
        }

        /** The platform's answer; the connection is not used again when there is none. */
        Reply reply() throws IOException {
            try {
                Reply reply = reader.read();
                replyCount++;
                isPipeliningAllowed = reply.keepAlive;
                if (!reply.keepAlive) {
                    close();
                }
                return reply;
            } catch (IOException broken) {
                close();
                throw broken;
            }
        }
    }

    private Reply postError(String path, String errorType, byte[] body, String xrayCause) throws IOException {
        boolean hasCause = xrayCause != null && xrayCause.length() < XRAY_CAUSE_BYTES_MAX;
        byte[] head =
                ascii(
                        "POST " + prefix + path + headTail + "Content-Type: application/json\r\n"
                                + ERROR_TYPE_HEADER + ": " + errorType + "\r\n"
                                + (hasCause ? "Lambda-Runtime-Function-XRay-Error-Cause: " + xrayCause + "\r\n" : "")
                                + "Content-Length: " + body.length + "\r\n\r\n");
        return post(head, body, body.length);
    }

    private Reply post(byte[] head, byte[] body, int bodyBytes) throws IOException {
        Reply[] replies = new Reply[1];
        int messageBytes = head.length + bodyBytes;
        byte[] message = new byte[messageBytes];
        System.arraycopy(head, 0, message, 0, head.length);
        System.arraycopy(body, 0, message, head.length, bodyBytes);
        exchange(replies, message, messageBytes, messageBytes);
        return replies[0];
    }

    private static void checkAccepted(Reply reply, RefusalListener listener) throws IOException {
        if (reply.status != 202) {
            listener.onRefused(reply);
        }
    }

    /**
     * Sends one or two messages (the first ends at `firstBytes`) in one write and fills `replies`; after a 5xx no further.
     *
     * <p>A kept-alive connection may be closed by the server between two replies; what was written into that gap is sent
     * once more on a new connection, as libcurl does. Everything else fails.
     */
    private void exchange(Reply[] replies, byte[] message, int firstBytes, int messageBytes) throws IOException {
        int answered = 0;
        boolean isRetried = false;
        while (answered < replies.length) {
            try {
                if (socket == null) {
                    connect();
                }
                int from = answered == 0 ? 0 : firstBytes;
                OutputStream output = socket.getOutputStream();
                output.write(message, from, messageBytes - from);
                while (answered < replies.length) {
                    Reply reply = reader.read();
                    replies[answered++] = reply;
                    replyCount++;
                    if (reply.status >= 500) {
                        return; // The process is to end; an answer to what follows may never come.
                    }
                    isPipeliningAllowed = reply.keepAlive;
                    if (!reply.keepAlive) {
                        close();
                        break;
                    }
                }
            } catch (MalformedReplyException malformed) {
                close();
                throw malformed;
            } catch (IOException broken) {
                boolean isSafeToRepeat = replyCount > 0 && reader != null && reader.isBetweenReplies() && !isRetried;
                close();
                if (!isSafeToRepeat) {
                    throw broken;
                }
                isRetried = true;
            }
        }
    }

    private void connect() throws IOException {
        reader = null;
        replyCount = 0;
        Socket connection = new Socket();
        connection.setTcpNoDelay(true);
        connection.connect(new InetSocketAddress(InetAddress.getByName(host), port));
        socket = connection;
        reader = new ReplyReader(connection.getInputStream());
    }

    private void close() {
        if (socket != null) {
            try {
                socket.close();
            } catch (IOException ignored) {
                // A socket that cannot be closed is as gone as one that can.
            }
            socket = null;
        }
    }

    private void reserve(int byteCount) {
        if (outgoing.length < byteCount) {
            outgoing = new byte[Math.max(byteCount, outgoing.length * 2)];
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** No text of the function can end the header. */
    private static String headerText(String text) {
        return text.replaceAll("[^\\x20-\\x7e]", "?");
    }

    private static String quote(String requestId) {
        for (int index = 0; index < requestId.length(); index++) {
            char character = requestId.charAt(index);
            boolean isPlain =
                    (character >= 'a' && character <= 'z')
                            || (character >= 'A' && character <= 'Z')
                            || (character >= '0' && character <= '9')
                            || "-._~".indexOf(character) >= 0;
            if (!isPlain) {
                return quoteAll(requestId);
            }
        }
        return requestId;
    }

    private static String quoteAll(String requestId) {
        StringBuilder quoted = new StringBuilder();
        for (byte value : requestId.getBytes(StandardCharsets.UTF_8)) {
            quoted.append('%').append(Character.toUpperCase(Character.forDigit((value >> 4) & 15, 16)));
            quoted.append(Character.toUpperCase(Character.forDigit(value & 15, 16)));
        }
        return quoted.toString();
    }
}
