package rik.runtime;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import rik.runtime.json.JsonException;
import rik.runtime.json.JsonMapper;
import rik.runtime.json.JsonWriter;

/** The forms a function may have, each as a Handler. Source: managed-runtimes 4.2, 4.4. */
final class HandlerForms {
    /** Failures of the codec are reported with these texts; the cause is in the log only. */
    static final class CodecFailure extends RuntimeException {
        private static final long serialVersionUID = 1L;

        CodecFailure(String message, Throwable cause) {
            super(message, cause);
        }
    }

    private HandlerForms() {}

    /** A fault that is found at the start and reported to each invocation. */
    static Handler failing(final Errors.RuntimeFault fault) {
        return new Handler() {
            @Override
            public void handle(byte[] event, InvocationContext context, ByteArrayOutputStream response) throws Throwable {
                throw fault;
            }
        };
    }

    /**
     * A method with parameters of any of these kinds, in this order: event or InputStream, OutputStream, Context.
     *
     * @param eventType type that `Object` parameters stand for; null: the parameter's own type
     */
    static Handler method(final Object target, final Method method, final Type eventType) {
        method.setAccessible(true);
        final Class<?>[] parameterTypes = method.getParameterTypes();
        final Type[] genericTypes = method.getGenericParameterTypes();
        final boolean isStream = isStreamMethod(parameterTypes);
        return new Handler() {
            @Override
            public void handle(byte[] event, InvocationContext context, ByteArrayOutputStream response) throws Throwable {
                Object[] arguments = new Object[parameterTypes.length];
                for (int index = 0; index < arguments.length; index++) {
                    Class<?> type = parameterTypes[index];
                    if (VendorTypes.isContext(type)) {
                        arguments[index] = context.asVendorContext(type);
                    } else if (type == InputStream.class) {
                        arguments[index] = new ByteArrayInputStream(event);
                    } else if (type == OutputStream.class) {
                        arguments[index] = response;
                    } else {
                        arguments[index] = readEvent(event, eventType == null ? genericTypes[index] : eventType);
                    }
                }
                Object result = call(target, method, arguments);
                if (!isStream) {
                    writeResult(result, response);
                }
            }
        };
    }

    /** True when event and response are bytes that nobody interprets. */
    static boolean isStreamMethod(Class<?>[] parameterTypes) {
        for (Class<?> type : parameterTypes) {
            if (type == InputStream.class || type == OutputStream.class) {
                return true;
            }
        }
        return false;
    }

    static boolean isStatic(Method method) {
        return Modifier.isStatic(method.getModifiers());
    }

    private static Object call(Object target, Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause();
        }
    }

    private static Object readEvent(byte[] event, Type type) {
        try {
            return JsonMapper.read(event, type);
        } catch (JsonException cause) {
            throw new CodecFailure("An error occurred during JSON parsing", cause);
        }
    }

    private static void writeResult(Object result, ByteArrayOutputStream response) {
        try {
            byte[] json = JsonWriter.write(result);
            response.write(json, 0, json.length);
        } catch (RuntimeException cause) {
            throw new CodecFailure("An error occurred during JSON serialization of response", cause);
        } catch (StackOverflowError cause) {
            throw new CodecFailure("An error occurred during JSON serialization of response", cause);
        }
    }
}
