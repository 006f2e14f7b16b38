package rik.runtime;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import rik.runtime.ReplyReader.MalformedReplyException;
import rik.runtime.ReplyReader.Reply;

/** Tests of the reply reader, run by java-main.test.ts. */
public final class ReplyReaderTest {
    private static int checks;
    private static int failures;

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: b\r\n\r\nhi";

    /** Gives its bytes out in pieces. */
    private static InputStream pieces(String text, final int pieceBytes) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)) {
            @Override
            public int read(byte[] target, int offset, int length) {
                return super.read(target, offset, Math.min(length, pieceBytes));
            }
        };
    }

    private static void same(Object actual, Object expected, String what) {
        checks++;
        if (!expected.equals(actual)) {
            failures++;
            System.out.println("FAILED " + what + ": expected " + expected + ", got " + actual);
        }
    }

    public static void main(String[] arguments) throws IOException {
        for (int pieceBytes : new int[] {1, 2, 3, 7, 1_000}) {
            ReplyReader reader = new ReplyReader(pieces(OK + OK, pieceBytes));
            for (int round = 0; round < 2; round++) {
                Reply reply = reader.read();
                same(reply.status + new String(reply.body) + reply.headers.get("x-a") + reply.keepAlive, "200hibtrue", "a reply");
            }
            same(reader.isBetweenReplies(), true, "the end of a reply");
            String chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: u\r\n\r\n";
            same(new String(new ReplyReader(pieces(chunked, pieceBytes)).read().body), "abc0123456789", "chunks");
        }
        same(new ReplyReader(pieces("HTTP/1.1 100 Continue\r\n\r\n" + OK, 9)).read().status, 200, "an interim reply");
        same(new ReplyReader(pieces("HTTP/1.0 202 A\r\nContent-Length: 0\r\n\r\n", 9)).read().keepAlive, false, "HTTP/1.0");
        refuseMalformed();
        noise();
        System.out.println(checks + " checks, " + failures + " failures");
        System.exit(failures == 0 ? 0 : 1);
    }

    private static void refuseMalformed() {
        String head = "HTTP/1.1 200 OK\r\n";
        String[] malformed = {
            "HELLO\r\n\r\n",
            "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n",
            head + "\r\n",
            head + "Content-Length: 1\r\nContent-Length: 1\r\n\r\n",
            head + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            head + "Content-Length: -1\r\n\r\n",
            head + "Content-Length: 0x1\r\n\r\n",
            head + "Content-Length: 67108865\r\n\r\n",
            head + "Transfer-Encoding: gzip, chunked\r\n\r\n",
            head + "A: b\r\n c\r\nContent-Length: 0\r\n\r\n",
            head + "Content-Length : 0\r\n\r\n",
            head + "A: b\nC: d\r\nContent-Length: 0\r\n\r\n",
            head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
            head + "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
            head + "Transfer-Encoding: chunked\r\n\r\nfffffff\r\n",
            head + "A: " + new String(new char[300_000]).replace('\0', 'x') + "\r\n\r\n",
        };
        for (String text : malformed) {
            checks++;
            try {
                new ReplyReader(pieces(text, 5_000)).read();
                failures++;
                System.out.println("FAILED a malformed reply was read: " + text.substring(0, Math.min(60, text.length())));
            } catch (MalformedReplyException expected) {
                // As it should be.
            } catch (IOException other) {
                failures++;
                System.out.println("FAILED a malformed reply ended in " + other + ": " + text.substring(0, Math.min(60, text.length())));
            }
        }
    }

    private static void noise() throws IOException {
        Random random = new Random(7);
        String[] pieces = {"HTTP/1.1 200 OK\r\n", "\r\n", "\r\n\r\n", "Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n", "1\r\n", "abc", ":"};
        for (int round = 0; round < 5_000; round++) {
            StringBuilder text = new StringBuilder();
            for (int count = random.nextInt(12); count > 0; count--) {
                text.append(pieces[random.nextInt(pieces.length)]);
            }
            checks++;
            try {
                new ReplyReader(pieces(text.toString(), 1 + random.nextInt(50))).read();
            } catch (MalformedReplyException | EOFException expected) {
                // Read or refused, and never anything else.
            }
        }
    }
}
