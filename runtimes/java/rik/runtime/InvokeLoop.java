package rik.runtime;

import java.io.ByteArrayOutputStream;
import java.io.IOError;
import java.io.IOException;
import java.util.Collections;
import java.util.Map;
import rik.runtime.Errors.RuntimeFault;
import rik.runtime.JsonCodec.CodecFailure;
import rik.runtime.ReplyReader.Reply;

/** Takes one invocation after the other for as long as the process lives. Source: managed-runtimes 4.5. */
final class InvokeLoop implements RuntimeClient.RefusalListener {
    /** Source: managed-runtimes 1.7; the first one at once, then with pauses that double. */
    private static final int NEXT_RETRIES_MAX = 5;
    private static final long NEXT_PAUSE_MS = 100;
    private static final String TRACE_PROPERTY = "com.amazonaws.xray.traceHeader";

    /** The body of one response; its array is posted without a copy. */
    private static final class ResponseBuffer extends ByteArrayOutputStream {
        ResponseBuffer() {
            super(1_024);
        }

        byte[] array() {
            return buf;
        }
    }

    private final RuntimeClient client;
    private final Handler handler;
    private final Map<String, String> environment;
    private final LambdaLog log;

    InvokeLoop(RuntimeClient client, Handler handler, Map<String, String> environment, LambdaLog log) {
        this.client = client;
        this.handler = handler;
        this.environment = environment;
        this.log = log;
    }

    /** What the platform says to `next` is final; this process has nothing to do any more. */
    static final class NextFailedException extends IOException {
        private static final long serialVersionUID = 1L;

        NextFailedException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** Returns when a fault leaves the virtual machine in doubt; the process should end then. */
    void run() throws IOException {
        run(false);
    }

    /** The same where other loops of this process serve other invocations: what is process-wide is left alone. */
    void runBesideOthers() throws IOException {
        run(true);
    }

    private void run(boolean isBesideOthers) throws IOException {
        Reply reply = isBesideOthers ? nextWithRetry() : client.next();
        ResponseBuffer response = new ResponseBuffer();
        while (true) {
            if (reply.status != 200) {
                throw new NextFailedException("Failed to get next invocation. HTTP Response code: " + reply.status, null);
            }
            String requestId = reply.headers.get("lambda-runtime-aws-request-id");
            log.setInvocation(requestId, reply.headers.get("lambda-runtime-aws-tenant-id"));
            if (!isBesideOthers) {
                setTraceProperty(reply.headers.get("lambda-runtime-trace-id"));
            }
            StreamedResponse streamed = null;
            try {
                InvocationContext context = new InvocationContext(reply.headers, environment, log);
                String contentType = handler.streamedContentType();
                if (contentType != null) {
                    streamed = new StreamedResponse(client, requestId, contentType);
                }
                handler.handle(reply.body, context, streamed == null ? response : streamed);
                if (streamed != null) {
                    streamed.close();
                }
            } catch (Throwable thrown) {
                report(requestId, thrown, streamed);
                if (isFatal(thrown)) {
                    return;
                }
                response.reset();
                reply = client.next();
                continue;
            }
            Thread.interrupted(); // A flag left over must not hit the next invocation.
            if (streamed != null) {
                checkAccepted(streamed.reply());
                reply = client.next();
                continue;
            }
            reply = client.respondThenNext(requestId, response.array(), response.size(), this);
            response = recycle(response);
        }
    }

    /** The platform may refuse for a moment while its other invocations end. */
    private Reply nextWithRetry() throws IOException {
        for (int attempt = 0; ; attempt++) {
            try {
                Reply reply = client.next();
                if (reply.status == 200 || attempt >= NEXT_RETRIES_MAX) {
                    return reply;
                }
            } catch (IOException failure) {
                if (attempt >= NEXT_RETRIES_MAX) {
                    throw new NextFailedException("Failed to get next invocation", failure);
                }
            }
            pause(attempt == 0 ? 0 : NEXT_PAUSE_MS << (attempt - 1));
        }
    }

    private static void pause(long durationMs) throws IOException {
        try {
            Thread.sleep(durationMs);
        } catch (InterruptedException interrupted) {
            throw new IOException("interrupted while waiting to ask again", interrupted);
        }
    }

    /**
     * A refused report (too large, too late) concerns the past invocation only, and the next event may already be on its
     * way, so the loop goes on. After a 5xx the platform asks for the process to end (runtime-api 3.2).
     */
    @Override
    public void onRefused(Reply reply) throws IOException {
        String text = "LAMBDA_RUNTIME Failed to post handler response. Http response code: " + reply.status + ".";
        if (reply.status >= 500) {
            throw new IOException(text);
        }
        System.err.println(text);
    }

    /** Behind the first byte of a streamed response an error ends the response; before it, it is the invocation's. */
    private void report(String requestId, Throwable thrown, StreamedResponse streamed) throws IOException {
        if (thrown instanceof RuntimeFault) {
            RuntimeFault fault = (RuntimeFault) thrown;
            log.logError(fault.getMessage() + "\n");
            client.postInvocationError(requestId, Errors.BAD_FUNCTION_CODE, Errors.toFaultBody(fault), null, this);
            return;
        }
        String cause = Errors.toXrayCause(thrown);
        byte[] body;
        if (thrown instanceof CodecFailure) {
            body = Errors.toErrorBody(thrown.getMessage(), "java.lang.RuntimeException", Collections.<String>emptyList());
        } else {
            body = Errors.toErrorBody(thrown);
        }
        log.logError(Errors.toLogText(thrown));
        if (streamed == null || !streamed.hasBegun()) {
            client.postInvocationError(requestId, Errors.USER_EXCEPTION, body, cause, this);
            return;
        }
        streamed.fail(Errors.USER_EXCEPTION, body);
        checkAccepted(streamed.reply());
    }

    private void checkAccepted(Reply reply) throws IOException {
        if (reply.status != 202) {
            onRefused(reply);
        }
    }

    private static boolean isFatal(Throwable thrown) {
        return thrown instanceof VirtualMachineError
                || thrown instanceof IOError
                || (thrown instanceof RuntimeFault && ((RuntimeFault) thrown).isFatal);
    }

    private static void setTraceProperty(String traceId) {
        if (traceId == null) {
            System.clearProperty(TRACE_PROPERTY);
        } else {
            System.setProperty(TRACE_PROPERTY, traceId);
        }
    }

    /** A buffer that one large response has grown is not kept for the environment's whole life. */
    private static ResponseBuffer recycle(ResponseBuffer used) {
        if (used.array().length > 1_048_576) {
            return new ResponseBuffer();
        }
        used.reset();
        return used;
    }
}
