package rik.runtime;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads HTTP/1.1 replies of the Runtime API from a stream.
 *
 * <p>Strict on purpose: a reply that two readers could understand differently is refused, never guessed (RFC 9112, 6.3).
 * Replies without a declared length are refused too, because every Runtime API server declares one.
 */
final class ReplyReader {
    /** All bytes before the body; the Node.js and Python runtimes have the same limit. */
    static final int REPLY_HEAD_BYTES_MAX = 163_840;
    /** An event is at most 6 MiB; the rest is room for servers that allow more. */
    static final int REPLY_BODY_BYTES_MAX = 67_108_864;

    static final class Reply {
        final int status;
        /** Lower-case names; values as received, decoded as UTF-8. */
        final Map<String, String> headers;
        final byte[] body;
        /** False when the server will close the connection after this reply. */
        final boolean keepAlive;

        Reply(int status, Map<String, String> headers, byte[] body, boolean keepAlive) {
            this.status = status;
            this.headers = headers;
            this.body = body;
            this.keepAlive = keepAlive;
        }
    }

    static final class MalformedReplyException extends IOException {
        private static final long serialVersionUID = 1L;

        MalformedReplyException(String message) {
            super(message);
        }
    }

    private final InputStream input;
    private byte[] buffer = new byte[65_536];
    private int start;
    private int end;
    private boolean isInsideReply;

    ReplyReader(InputStream input) {
        this.input = input;
    }

    /** True when not one byte of a further reply has been seen. */
    boolean isBetweenReplies() {
        return !isInsideReply && start == end;
    }

    Reply read() throws IOException {
        Map<String, String> headers = new HashMap<String, String>(16);
        String statusLine;
        int status;
        do {
            headers.clear();
            statusLine = readHead(headers);
            status = parseStatus(statusLine);
        } while (status < 200); // Interim replies are skipped (RFC 9110, 15.2).
        isInsideReply = true;
        String connection = headers.containsKey("connection") ? headers.get("connection").toLowerCase() : "";
        boolean keepAlive =
                statusLine.startsWith("HTTP/1.1") ? !connection.contains("close") : connection.contains("keep-alive");
        Reply reply = new Reply(status, headers, readBody(status, headers), keepAlive);
        isInsideReply = false;
        return reply;
    }

    private static int parseStatus(String line) throws MalformedReplyException {
        boolean isWellFormed =
                (line.startsWith("HTTP/1.1 ") || line.startsWith("HTTP/1.0 "))
                        && line.length() >= 12
                        && isDigits(line.substring(9, 12))
                        && line.charAt(9) != '0'
                        && (line.length() == 12 || line.charAt(12) == ' ');
        if (!isWellFormed) {
            throw new MalformedReplyException("reply does not start with an HTTP/1.1 status line");
        }
        return Integer.parseInt(line.substring(9, 12));
    }

    /** Fills `headers` and returns the status line. */
    private String readHead(Map<String, String> headers) throws IOException {
        String statusLine = takeLine();
        int headBytes = statusLine.length();
        for (String line = takeLine(); !line.isEmpty(); line = takeLine()) {
            headBytes += line.length() + 2;
            if (headBytes > REPLY_HEAD_BYTES_MAX) {
                throw new MalformedReplyException("reply head is longer than " + REPLY_HEAD_BYTES_MAX + " bytes");
            }
            int colon = line.indexOf(':');
            String name = colon < 0 ? "" : line.substring(0, colon).toLowerCase();
            if (!isToken(name)) {
                throw new MalformedReplyException("reply has a malformed header line");
            }
            String value = line.substring(colon + 1).trim();
            if (value.indexOf('\r') >= 0 || value.indexOf('\n') >= 0 || value.indexOf('\0') >= 0) {
                throw new MalformedReplyException("reply has a control character in the header " + name);
            }
            boolean isTwice = headers.put(name, value) != null;
            if (isTwice && (name.equals("content-length") || name.equals("transfer-encoding"))) {
                throw new MalformedReplyException("reply has the header " + name + " twice");
            }
        }
        return statusLine;
    }

    private byte[] readBody(int status, Map<String, String> headers) throws IOException {
        String coding = headers.get("transfer-encoding");
        String declared = headers.get("content-length");
        if (coding != null) {
            if (declared != null) {
                throw new MalformedReplyException("reply has both Content-Length and Transfer-Encoding");
            }
            if (!coding.equalsIgnoreCase("chunked")) {
                throw new MalformedReplyException("reply has the unknown transfer coding " + coding);
            }
            return readChunks();
        }
        if (declared == null) {
            if (status == 204 || status == 304) {
                return new byte[0];
            }
            throw new MalformedReplyException("reply declares no length");
        }
        if (declared.isEmpty() || declared.length() > 15 || !isDigits(declared)) {
            throw new MalformedReplyException("reply has the Content-Length " + declared);
        }
        return take(Long.parseLong(declared));
    }

    private byte[] readChunks() throws IOException {
        List<byte[]> parts = new ArrayList<byte[]>();
        int totalBytes = 0;
        while (true) {
            String size = takeLine();
            int extension = size.indexOf(';');
            size = (extension < 0 ? size : size.substring(0, extension)).trim();
            if (size.isEmpty() || size.length() > 8 || !isHexDigits(size)) {
                throw new MalformedReplyException("reply has a malformed chunk size");
            }
            long chunkBytes = Long.parseLong(size, 16);
            if (chunkBytes == 0) {
                break;
            }
            if (totalBytes + chunkBytes > REPLY_BODY_BYTES_MAX) {
                throw new MalformedReplyException("reply body is longer than " + REPLY_BODY_BYTES_MAX + " bytes");
            }
            totalBytes += (int) chunkBytes;
            parts.add(take(chunkBytes));
            if (!takeLine().isEmpty()) {
                throw new MalformedReplyException("chunk is longer than its declared size");
            }
        }
        while (!takeLine().isEmpty()) {
            // Trailers carry nothing that a runtime needs.
        }
        byte[] body = new byte[totalBytes];
        int filled = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, body, filled, part.length);
            filled += part.length;
        }
        return body;
    }

    /** The next line without its end. */
    private String takeLine() throws IOException {
        int scanned = start;
        while (true) {
            for (; scanned < end - 1; scanned++) {
                if (buffer[scanned] == '\r' && buffer[scanned + 1] == '\n') {
                    String line = new String(buffer, start, scanned - start, StandardCharsets.UTF_8);
                    start = scanned + 2;
                    return line;
                }
            }
            if (end - start > REPLY_HEAD_BYTES_MAX) {
                throw new MalformedReplyException("line is longer than " + REPLY_HEAD_BYTES_MAX + " bytes");
            }
            int scannedBytes = scanned - start;
            fill();
            scanned = start + scannedBytes;
        }
    }

    /** The rest of a long body is read straight into its place. */
    private byte[] take(long byteCount) throws IOException {
        if (byteCount > REPLY_BODY_BYTES_MAX) {
            throw new MalformedReplyException("reply body is longer than " + REPLY_BODY_BYTES_MAX + " bytes");
        }
        byte[] body = new byte[(int) byteCount];
        int filled = Math.min(body.length, end - start);
        System.arraycopy(buffer, start, body, 0, filled);
        start += filled;
        while (filled < body.length) {
            int readBytes = input.read(body, filled, body.length - filled);
            if (readBytes < 0) {
                throw new EOFException("the Runtime API closed the connection inside a reply");
            }
            filled += readBytes;
        }
        return body;
    }

    private void fill() throws IOException {
        if (start == end) {
            start = 0;
            end = 0;
        } else if (end == buffer.length) {
            byte[] target = start > 0 ? buffer : new byte[buffer.length * 2];
            System.arraycopy(buffer, start, target, 0, end - start);
            buffer = target;
            end -= start;
            start = 0;
        }
        int readBytes = input.read(buffer, end, buffer.length - end);
        if (readBytes < 0) {
            throw new EOFException("the Runtime API closed the connection before it answered");
        }
        end += readBytes;
    }

    private static boolean isDigits(String text) {
        for (int index = 0; index < text.length(); index++) {
            if (text.charAt(index) < '0' || text.charAt(index) > '9') {
                return false;
            }
        }
        return true;
    }

    private static boolean isHexDigits(String text) {
        for (int index = 0; index < text.length(); index++) {
            if (text.charAt(index) > 'f' || Character.digit(text.charAt(index), 16) < 0) {
                return false;
            }
        }
        return true;
    }

    private static boolean isToken(String name) {
        for (int index = 0; index < name.length(); index++) {
            char character = name.charAt(index);
            boolean isLetterOrDigit = (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9');
            if (!isLetterOrDigit && "!#$%&'*+-.^_`|~".indexOf(character) < 0) {
                return false;
            }
        }
        return !name.isEmpty();
    }
}
