package rik.runtime;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;

/** The forms a function may have, each as a Handler. Source: managed-runtimes 4.2, 4.4. */
final class HandlerForms {
    private HandlerForms() {}

    /** A fault that is found at the start and reported to each invocation. */
    static Handler failing(final Errors.RuntimeFault fault) {
        return new Handler() {
            @Override
            public void handle(byte[] event, InvocationContext context, OutputStream response) throws Throwable {
                throw fault;
            }

            @Override
            public String streamedContentType() {
                return null;
            }
        };
    }

    /**
     * A method with parameters of any of these kinds, in this order: event or InputStream, OutputStream, Context.
     *
     * @param types of event and result where the method's own say `Object`; null: the method's own
     */
    static Handler method(final Object target, final Method method, final Type[] types, final Codec codec) {
        method.setAccessible(true);
        final Type resultType = types == null ? method.getGenericReturnType() : types[1];
        final Class<?>[] parameterTypes = method.getParameterTypes();
        final Type[] genericTypes = method.getGenericParameterTypes();
        final boolean isStream = isStreamMethod(parameterTypes);
        final String streamedContentType = isStream ? StreamMark.contentTypeOf(target == null ? method.getDeclaringClass() : target.getClass(), implementation(target, method)) : null;
        return new Handler() {
            @Override
            public void handle(byte[] event, InvocationContext context, OutputStream response) throws Throwable {
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
                        arguments[index] = codec.read(event, types == null ? genericTypes[index] : types[0]);
                    }
                }
                Object result = call(target, method, arguments);
                if (!isStream) {
                    codec.write(result, resultType, response);
                }
            }

            @Override
            public String streamedContentType() {
                return streamedContentType;
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

    /** The method of the function's class behind one of an interface; that is where its author puts annotations. */
    private static Method implementation(Object target, Method method) {
        if (target == null) {
            return method;
        }
        try {
            return target.getClass().getMethod(method.getName(), method.getParameterTypes());
        } catch (NoSuchMethodException notPublic) {
            return method;
        }
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
}
