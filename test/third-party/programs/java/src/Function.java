import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.util.HashMap;
import java.util.Map;

/** What the tests ask of a function, for the vendor's Java client. */
public final class Function implements RequestHandler<Map<String, Object>, Object> {
    public static final class OutOfReach extends RuntimeException {
        OutOfReach(String message) {
            super(message);
        }
    }

    private int calls;

    @Override
    public Object handleRequest(Map<String, Object> event, Context context) {
        calls++;
        switch (String.valueOf(event.get("do"))) {
            case "return":
                return event.get("value");
            case "context":
                return describe(context);
            case "fail":
                throw new OutOfReach(String.valueOf(event.get("message")));
            case "print":
                System.out.print(event.get("text"));
                return null;
            case "log":
                context.getLogger().log(event.get("text") + "\n");
                return null;
            case "exit":
                Runtime.getRuntime().halt(((Number) event.get("code")).intValue());
                return null;
            case "hang":
                return hang();
            case "big":
                return "x".repeat(((Number) event.get("bytes")).intValue());
            case "length":
                return String.valueOf(event.get("value")).length();
            default:
                throw new IllegalArgumentException("no such action");
        }
    }

    private Map<String, Object> describe(Context context) {
        Map<String, Object> described = new HashMap<>();
        described.put("requestId", context.getAwsRequestId());
        described.put("arn", context.getInvokedFunctionArn());
        described.put("functionName", context.getFunctionName());
        described.put("functionVersion", context.getFunctionVersion());
        described.put("memoryMiB", context.getMemoryLimitInMB());
        described.put("remainingMs", context.getRemainingTimeInMillis());
        described.put("traceId", System.getProperty("com.amazonaws.xray.traceHeader"));
        described.put("custom", context.getClientContext() == null ? null : context.getClientContext().getCustom().get("key"));
        described.put("calls", calls);
        return described;
    }

    private static Object hang() {
        try {
            Thread.sleep(3_600_000);
        } catch (InterruptedException end) {
            Thread.currentThread().interrupt();
        }
        return null;
    }
}
