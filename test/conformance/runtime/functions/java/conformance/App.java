package conformance;

import com.amazonaws.services.lambda.runtime.ClientContext;
import com.amazonaws.services.lambda.runtime.Context;
import java.util.LinkedHashMap;
import java.util.Map;

/** The handler contract (docs/handler-contract.md) for Java. */
public final class App {
  private static final String FAILURE = "conformance failure";

  public Object echo(Object event) {
    return event;
  }

  public Object fail(Object event) {
    throw new IllegalStateException(FAILURE);
  }

  public void nothing(Object event) {}

  public Object unserialisable(Object event) {
    Map<String, Object> circle = new LinkedHashMap<>();
    circle.put("circle", circle);
    return circle;
  }

  public void print(Map<String, Object> event) {
    System.out.print(event.get("text"));
    System.out.flush();
  }

  public Map<String, Object> remaining(Object event, Context context) throws InterruptedException {
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("first", context.getRemainingTimeInMillis());
    Thread.sleep(1_000);
    result.put("second", context.getRemainingTimeInMillis());
    return result;
  }

  public Map<String, Object> context(Object event, Context context) {
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("requestId", context.getAwsRequestId());
    result.put("arn", context.getInvokedFunctionArn());
    result.put("functionName", context.getFunctionName());
    result.put("functionVersion", context.getFunctionVersion());
    result.put("memoryMiB", context.getMemoryLimitInMB());
    result.put("logGroup", context.getLogGroupName());
    result.put("logStream", context.getLogStreamName());
    return result;
  }

  public Map<String, Object> clientContext(Object event, Context context) {
    ClientContext given = context.getClientContext();
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("custom", given == null ? null : given.getCustom());
    return result;
  }

  public Map<String, Object> tenant(Object event, Context context) {
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("tenantId", context.getTenantId());
    return result;
  }

  public String failLater(Object event) throws InterruptedException {
    new Thread(() -> {
      try {
        Thread.sleep(100);
      } catch (InterruptedException error) {
        Thread.currentThread().interrupt();
      }
      throw new IllegalStateException(FAILURE);
    }).start();
    Thread.sleep(1_000);
    return "waited";
  }

  public Map<String, Object> failOrWait(Map<String, Object> event) throws InterruptedException {
    if (Boolean.TRUE.equals(event.get("fail"))) throw new IllegalStateException(FAILURE);
    if (event.get("waitMs") instanceof Number) Thread.sleep(((Number) event.get("waitMs")).longValue());
    return event;
  }
}
