package rik.runtime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.util.Collections;
import java.util.Map;
import rik.runtime.json.JsonException;
import rik.runtime.json.JsonMapper;

/** One invocation as a handler sees it. Source: managed-runtimes 4.3. */
final class InvocationContext {
    private static final int MEMORY_MIB_DEFAULT = 128;

    final String requestId;
    private final Map<String, String> headers;
    private final Map<String, String> environment;
    private final LambdaLog log;
    private final Map<String, Object> clientContext;
    private final Map<String, Object> identity;

    /** Throws UncheckedIOException when a header that holds JSON does not. */
    InvocationContext(Map<String, String> headers, Map<String, String> environment, LambdaLog log) {
        this.requestId = headers.get("lambda-runtime-aws-request-id");
        this.headers = headers;
        this.environment = environment;
        this.log = log;
        this.clientContext = parse("lambda-runtime-client-context");
        this.identity = parse("lambda-runtime-cognito-identity");
    }

    /** As the `Context` interface that the function was compiled against. */
    Object asVendorContext(Class<?> contextType) {
        return VendorTypes.implement(
                contextType,
                new VendorTypes.Answer() {
                    @Override
                    public Object to(Method method, Object[] arguments) {
                        return answer(method);
                    }
                });
    }

    private Object answer(Method method) {
        String name = method.getName();
        if (name.equals("getAwsRequestId")) {
            return requestId;
        } else if (name.equals("getRemainingTimeInMillis")) {
            return remainingMs();
        } else if (name.equals("getLogger")) {
            return logger(method.getReturnType());
        } else if (name.equals("getInvokedFunctionArn")) {
            return headers.get("lambda-runtime-invoked-function-arn");
        } else if (name.equals("getFunctionName")) {
            return environment.get("AWS_LAMBDA_FUNCTION_NAME");
        } else if (name.equals("getFunctionVersion")) {
            return environment.get("AWS_LAMBDA_FUNCTION_VERSION");
        } else if (name.equals("getLogGroupName")) {
            return environment.get("AWS_LAMBDA_LOG_GROUP_NAME");
        } else if (name.equals("getLogStreamName")) {
            return environment.get("AWS_LAMBDA_LOG_STREAM_NAME");
        } else if (name.equals("getMemoryLimitInMB")) {
            return memoryLimitMiB();
        } else if (name.equals("getTenantId")) {
            return headers.get("lambda-runtime-aws-tenant-id");
        } else if (name.equals("getXrayTraceId")) {
            return headers.get("lambda-runtime-trace-id");
        } else if (name.equals("getIdentity")) {
            return identity == null ? null : identity(method.getReturnType());
        } else if (name.equals("getClientContext")) {
            return clientContext == null ? null : clientContext(method.getReturnType());
        }
        throw new UnsupportedOperationException(name);
    }

    private int remainingMs() {
        String deadline = headers.get("lambda-runtime-deadline-ms");
        long remaining = (deadline == null ? 0 : Long.parseLong(deadline)) - System.currentTimeMillis();
        return (int) Math.max(0, Math.min(Integer.MAX_VALUE, remaining));
    }

    private int memoryLimitMiB() {
        String memory = environment.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE");
        return memory == null ? MEMORY_MIB_DEFAULT : Integer.parseInt(memory);
    }

    private Object logger(Class<?> loggerType) {
        return VendorTypes.implement(
                loggerType,
                new VendorTypes.Answer() {
                    @Override
                    public Object to(Method method, Object[] arguments) {
                        if (arguments[0] instanceof byte[]) {
                            log.log((byte[]) arguments[0]);
                        } else {
                            log.log((String) arguments[0], arguments.length > 1 ? String.valueOf(arguments[1]) : null);
                        }
                        return null;
                    }
                });
    }

    private Object identity(Class<?> identityType) {
        return VendorTypes.implement(
                identityType,
                new VendorTypes.Answer() {
                    @Override
                    public Object to(Method method, Object[] arguments) {
                        boolean isPool = method.getName().equals("getIdentityPoolId");
                        return identity.get(isPool ? "cognitoIdentityPoolId" : "cognitoIdentityId");
                    }
                });
    }

    private Object clientContext(Class<?> clientContextType) {
        return VendorTypes.implement(
                clientContextType,
                new VendorTypes.Answer() {
                    @Override
                    public Object to(Method method, Object[] arguments) {
                        if (method.getName().equals("getClient")) {
                            Object client = clientContext.get("client");
                            return client instanceof Map ? client(method.getReturnType(), (Map<?, ?>) client) : null;
                        }
                        Object values = clientContext.get(method.getName().equals("getCustom") ? "custom" : "env");
                        return values instanceof Map ? values : null;
                    }
                });
    }

    /** `getAppTitle` answers with the member `app_title`. */
    private static Object client(Class<?> clientType, final Map<?, ?> members) {
        return VendorTypes.implement(
                clientType,
                new VendorTypes.Answer() {
                    @Override
                    public Object to(Method method, Object[] arguments) {
                        StringBuilder name = new StringBuilder();
                        for (char character : method.getName().substring(3).toCharArray()) {
                            if (Character.isUpperCase(character) && name.length() > 0) {
                                name.append('_');
                            }
                            name.append(Character.toLowerCase(character));
                        }
                        return members.get(name.toString());
                    }
                });
    }

    private Map<String, Object> parse(String header) {
        String text = headers.get(header);
        if (text == null || text.isEmpty()) {
            return null;
        }
        try {
            return Collections.unmodifiableMap(JsonMapper.readObject(text));
        } catch (JsonException cause) {
            throw new UncheckedIOException("Failed to parse " + header + " as JSON: " + cause.getMessage(), new IOException(cause));
        }
    }
}
