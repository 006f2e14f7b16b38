package rik.runtime;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/**
 * The vendor's interfaces, by name: a function brings them in its own jar (or a layer does), and this runtime contains no
 * copy. What the function is given are proxies made for the interfaces it was compiled against.
 */
final class VendorTypes {
    static final String CONTEXT = "com.amazonaws.services.lambda.runtime.Context";
    static final String REQUEST_HANDLER = "com.amazonaws.services.lambda.runtime.RequestHandler";
    static final String REQUEST_STREAM_HANDLER = "com.amazonaws.services.lambda.runtime.RequestStreamHandler";

    /** Answers a call of an interface method; the result must fit the method's return type. */
    interface Answer {
        Object to(Method method, Object[] arguments);
    }

    private VendorTypes() {}

    static boolean isContext(Class<?> type) {
        return type.getName().equals(CONTEXT);
    }

    /** The interface of that name that `type` implements, itself or by an ancestor; null when it does not. */
    static Class<?> findInterface(Class<?> type, String name) {
        for (Class<?> step = type; step != null; step = step.getSuperclass()) {
            if (step.getName().equals(name)) {
                return step;
            }
            for (Class<?> candidate : step.getInterfaces()) {
                Class<?> found = findInterface(candidate, name);
                if (found != null) {
                    return found;
                }
            }
        }
        return null;
    }

    static Object implement(final Class<?> type, final Answer answer) {
        return Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                new InvocationHandler() {
                    @Override
                    public Object invoke(Object proxy, Method method, Object[] arguments) {
                        if (method.getDeclaringClass() == Object.class) {
                            return answerObjectMethod(proxy, method, arguments, type);
                        }
                        return answer.to(method, arguments);
                    }
                });
    }

    private static Object answerObjectMethod(Object proxy, Method method, Object[] arguments, Class<?> type) {
        String name = method.getName();
        if (name.equals("equals")) {
            return proxy == arguments[0];
        }
        if (name.equals("hashCode")) {
            return System.identityHashCode(proxy);
        }
        return type.getSimpleName() + "@" + Integer.toHexString(System.identityHashCode(proxy));
    }
}
