import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.LambdaLogger;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Functions in all the forms that the loader knows, and in some that it refuses. */
public class H implements RequestHandler<Map<String, Object>, Object> {
    @Override
    public Object handleRequest(Map<String, Object> input, Context context) {
        return input;
    }

    public String go(String event) {
        return event + "!";
    }

    public void nothing(String event) {}

    public static String fixed() {
        return "static";
    }

    public String withContext(Context context) {
        return context.getAwsRequestId();
    }

    public String over(String event) {
        return "one";
    }

    public String over(String event, Context context) {
        return "two";
    }

    public String over(InputStream input, OutputStream output, Context context) throws IOException {
        output.write('3');
        return "ignored";
    }

    String hidden(String event) {
        return event;
    }

    public String four(String a, String b, String c, String d) {
        return a;
    }

    public void echoBytes(InputStream input, OutputStream output) throws IOException {
        byte[] buffer = new byte[65_536];
        for (int count = input.read(buffer); count >= 0; count = input.read(buffer)) {
            output.write(buffer, 0, count);
        }
    }

    public Object fail(Map<String, Object> event) throws Throwable {
        String kind = (String) event.get("kind");
        if (kind == null) {
            return 1;
        } else if (kind.equals("illegal")) {
            throw new IllegalArgumentException("bad", new RuntimeException("cause"));
        } else if (kind.equals("silent")) {
            throw new IllegalStateException();
        } else if (kind.equals("nested")) {
            throw new My("m\u00e9");
        } else if (kind.equals("memory")) {
            List<byte[]> hoard = new ArrayList<byte[]>();
            while (true) {
                hoard.add(new byte[Integer.MAX_VALUE - 8]);
            }
        } else if (kind.equals("stack")) {
            return fail(event);
        } else if (kind.equals("assertion")) {
            throw new AssertionError("a");
        } else if (kind.equals("exit")) {
            System.exit(3);
        } else if (kind.equals("cycle")) {
            Map<String, Object> cycle = new LinkedHashMap<String, Object>();
            cycle.put("self", cycle);
            return cycle;
        } else if (kind.equals("getter")) {
            return new Object() {
                public String getX() {
                    throw new IllegalStateException("g");
                }
            };
        } else if (kind.equals("thread")) {
            Thread thread =
                    new Thread() {
                        @Override
                        public void run() {
                            throw new IllegalStateException("in a thread");
                        }
                    };
            thread.start();
            thread.join();
        }
        return 1;
    }

    public Object describe(Object event, Context context) {
        Map<String, Object> shown = new LinkedHashMap<String, Object>();
        shown.put("requestId", context.getAwsRequestId());
        shown.put("name", context.getFunctionName());
        shown.put("version", context.getFunctionVersion());
        shown.put("arn", context.getInvokedFunctionArn());
        shown.put("group", context.getLogGroupName());
        shown.put("stream", context.getLogStreamName());
        shown.put("memory", context.getMemoryLimitInMB());
        shown.put("hasTime", context.getRemainingTimeInMillis() > 0);
        shown.put("tenant", context.getTenantId());
        shown.put("identity", context.getIdentity() == null ? null : context.getIdentity().getIdentityId());
        if (context.getClientContext() != null) {
            shown.put("custom", context.getClientContext().getCustom());
            shown.put("title", context.getClientContext().getClient().getAppTitle());
        }
        shown.put("trace", System.getProperty("com.amazonaws.xray.traceHeader"));
        shown.put("isEqual", context.equals(context) && context.hashCode() == context.hashCode());
        return shown;
    }

    public void write(Object event, Context context) {
        LambdaLogger logger = context.getLogger();
        logger.log("plain\u00e9\n");
        logger.log("lvl\n", LogLevel.WARN);
        logger.log("dbg\n", LogLevel.DEBUG);
        logger.log("bytes\n".getBytes());
        System.out.println("raw");
    }

    public Object properties(Object event) {
        Map<String, Object> shown = new LinkedHashMap<String, Object>();
        shown.put("maxHeapMiB", Runtime.getRuntime().maxMemory() / 1_048_576);
        shown.put("encoding", System.getProperty("file.encoding"));
        shown.put("collector", java.lang.management.ManagementFactory.getGarbageCollectorMXBeans().get(0).getName());
        shown.put("mark", System.getenv("MARK"));
        shown.put("loader", Thread.currentThread().getContextClassLoader() == H.class.getClassLoader());
        return shown;
    }

    public static class My extends RuntimeException {
        My(String message) {
            super(message);
        }
    }

    public static class Nested {
        public String go(String event) {
            return "nested";
        }
    }

    public class Inner {
        public String go(String event) {
            return "inner";
        }
    }

    public abstract static class Abstract {
        public String go(String event) {
            return "abstract";
        }
    }

    public static class NoConstructor {
        public NoConstructor(int ignored) {}

        public String go(String event) {
            return event;
        }
    }

    public static class ThrowingConstructor {
        public ThrowingConstructor() {
            throw new IllegalStateException("ctor");
        }

        public String go(String event) {
            return event;
        }
    }

    public static class ThrowingInitialiser {
        static final int VALUE = Integer.parseInt("x");

        public String go(String event) {
            return event;
        }
    }

    public static class Stream implements RequestStreamHandler, RequestHandler<String, String> {
        @Override
        public void handleRequest(InputStream input, OutputStream output, Context context) throws IOException {
            new H().echoBytes(input, output);
        }

        @Override
        public String handleRequest(String input, Context context) {
            return "not this one";
        }
    }

    public static class Person {
        private String name;

        public String getName() {
            return name;
        }

        public void setName(String name) {
            this.name = name;
        }
    }

    public abstract static class Base<T> implements RequestHandler<List<T>, String> {}

    public static class People extends Base<Person> {
        @Override
        public String handleRequest(List<Person> people, Context context) {
            return people.get(0).getName();
        }
    }

    @SuppressWarnings("rawtypes")
    public static class Raw implements RequestHandler {
        @Override
        public Object handleRequest(Object input, Context context) {
            return input;
        }
    }

    public static class Free<T> implements RequestHandler<T, String> {
        @Override
        public String handleRequest(T input, Context context) {
            return "x";
        }
    }

    public static class Dependent extends Dependency {
        public String go(String event) {
            return event;
        }
    }

    public static class DependentConstructor {
        public DependentConstructor() {
            new Dependency();
        }

        public String go(String event) {
            return event;
        }
    }

    /** Its class file is removed before the tests run. */
    public static class Dependency {}
}
