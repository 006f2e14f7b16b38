package rik.runtime;

import java.io.ByteArrayOutputStream;
import java.io.IOError;
import java.io.IOException;
import java.util.Collections;
import java.util.Map;
import rik.runtime.Errors.RuntimeFault;
import rik.runtime.HandlerForms.CodecFailure;
import rik.runtime.ReplyReader.Reply;

/** Takes one invocation after the other for as long as the process lives. Source: managed-runtimes 4.5. */
final class InvokeLoop implements RuntimeClient.RefusalListener {
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

    /** Returns when a fault leaves the virtual machine in doubt; the process should end with status 0 then. */
    void run() throws IOException {
        Reply reply = client.next();
        ResponseBuffer response = new ResponseBuffer();
        while (true) {
            if (reply.status != 200) {
                throw new IOException("Failed to get next invocation. HTTP Response code: " + reply.status);
            }
            String requestId = reply.headers.get("lambda-runtime-aws-request-id");
            log.setInvocation(requestId, reply.headers.get("lambda-runtime-aws-tenant-id"));
            setTraceProperty(reply.headers.get("lambda-runtime-trace-id"));
            try {
                InvocationContext context = new InvocationContext(reply.headers, environment, log);
                handler.handle(reply.body, context, response);
            } catch (Throwable thrown) {
                report(requestId, thrown);
                if (isFatal(thrown)) {
                    return;
                }
                response.reset();
                reply = client.next();
                continue;
            }
            Thread.interrupted(); // A flag left over must not hit the next invocation.
            reply = client.respondThenNext(requestId, response.array(), response.size(), this);
            response = recycle(response);
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

    private void report(String requestId, Throwable thrown) throws IOException {
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
        client.postInvocationError(requestId, Errors.USER_EXCEPTION, body, cause, this);
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
