import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.nio.charset.StandardCharsets;

/** Streaming functions; the annotation is their own, as that of any author. */
public class Streams implements RequestStreamHandler {
    @Retention(RetentionPolicy.RUNTIME)
    @interface StreamifyResponse {
        String contentType() default "text/plain";
    }

    @Override
    @StreamifyResponse
    public void handleRequest(InputStream input, OutputStream output, Context context) throws IOException {
        write(output, "one ");
        output.flush();
        write(output, "two");
    }

    @StreamifyResponse(contentType = "application/x-test\r\nX-Evil: 1")
    public void large(InputStream input, OutputStream output) throws IOException {
        byte[] piece = new byte[100_000];
        for (int index = 0; index < 10; index++) {
            output.write(piece);
            output.write('x');
        }
        output.close();
    }

    @StreamifyResponse
    public void fail(InputStream input, OutputStream output) throws IOException {
        int kind = input.read();
        if (kind == 'e') {
            throw new IllegalStateException("early");
        }
        write(output, "part");
        output.flush();
        if (kind == 'l') {
            throw new IllegalStateException("late");
        }
    }

    @StreamifyResponse
    public void empty(InputStream input, OutputStream output) {}

    private static void write(OutputStream output, String text) throws IOException {
        output.write(text.getBytes(StandardCharsets.UTF_8));
    }
}
