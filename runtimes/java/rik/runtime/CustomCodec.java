package rik.runtime;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.util.Iterator;
import java.util.ServiceLoader;
import rik.runtime.Errors.RuntimeFault;

/** The function's own `CustomPojoSerializer`, found as a service; what it writes is the response as it is. Source: managed-runtimes 4.4. */
final class CustomCodec implements Codec {
    private static final String INTERFACE = "com.amazonaws.services.lambda.runtime.CustomPojoSerializer";

    private final Object serializer;
    private final Method fromJson;
    private final Method toJson;

    private CustomCodec(Object serializer, Method fromJson, Method toJson) {
        this.serializer = serializer;
        this.fromJson = fromJson;
        this.toJson = toJson;
    }

    /** Null when the function brings none; the question costs one look for a file. */
    static Codec find(ClassLoader loader) throws RuntimeFault {
        if (loader.getResource("META-INF/services/" + INTERFACE) == null) {
            return null;
        }
        try {
            Class<?> type = Class.forName(INTERFACE, false, loader);
            Iterator<?> found = ServiceLoader.load(type, loader).iterator();
            if (!found.hasNext()) {
                return null;
            }
            Object serializer = found.next();
            if (found.hasNext()) {
                throw new RuntimeFault(
                        "Too many serializers provided inside the META-INF/services folder, only one is allowed",
                        "com.amazonaws.services.lambda.runtime.api.client.TooManyServiceProvidersFoundException",
                        false,
                        null);
            }
            Method fromJson = type.getMethod("fromJson", InputStream.class, Type.class);
            Method toJson = type.getMethod("toJson", Object.class, OutputStream.class, Type.class);
            return new CustomCodec(serializer, fromJson, toJson);
        } catch (ReflectiveOperationException missing) {
            throw new RuntimeFault("The serializer in META-INF/services cannot be used: " + missing, missing.getClass().getName(), false, missing);
        }
    }

    @Override
    public Object read(byte[] event, Type type) throws Throwable {
        return call(fromJson, new ByteArrayInputStream(event), type);
    }

    @Override
    public void write(Object result, Type type, OutputStream response) throws Throwable {
        call(toJson, result, response, type);
    }

    private Object call(Method method, Object... arguments) throws Throwable {
        try {
            method.setAccessible(true);
            return method.invoke(serializer, arguments);
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause();
        }
    }
}
