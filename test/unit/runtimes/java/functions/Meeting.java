import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;

/** Ends when two invocations are under way. */
public class Meeting implements RequestHandler<String, Map<String, Object>> {
    private static final CyclicBarrier BARRIER = new CyclicBarrier(2);

    @Override
    public Map<String, Object> handleRequest(String event, Context context) {
        try {
            BARRIER.await();
        } catch (Exception broken) {
            throw new IllegalStateException(broken);
        }
        context.getLogger().log(event);
        Map<String, Object> shown = new LinkedHashMap<String, Object>();
        shown.put("thread", Thread.currentThread().getName());
        shown.put("requestId", context.getAwsRequestId());
        shown.put("trace", String.valueOf(System.getProperty("com.amazonaws.xray.traceHeader")));
        return shown;
    }
}
