package rik.runtime;

import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import rik.runtime.Errors.RuntimeFault;
import rik.runtime.json.TypeResolver;

/**
 * Finds the function named `pkg.Class` or `pkg.Class::method`. Source: managed-runtimes 4.2.
 *
 * <p>Most faults are no init errors: the environment reports ready and each invocation gets the fault, as on the vendor's
 * runtime. Only user code that fails (static initialiser, constructor) throws InitFailure.
 */
final class HandlerLoader {
    static final class InitFailure extends Exception {
        private static final long serialVersionUID = 1L;

        final String wireMessage;
        final String wireType;

        InitFailure(String wireMessage, String wireType, Throwable cause) {
            super(wireMessage, cause);
            this.wireMessage = wireMessage;
            this.wireType = wireType;
        }
    }

    private HandlerLoader() {}

    static Handler load(String handlerText, ClassLoader loader) throws InitFailure {
        try {
            int separator = handlerText.lastIndexOf("::");
            String className = separator < 0 ? handlerText : handlerText.substring(0, separator);
            String methodName = separator < 0 ? null : handlerText.substring(separator + 2);
            if (className.isEmpty() || (methodName != null && methodName.isEmpty())) {
                throw new RuntimeFault("Invalid handler: `" + handlerText + "'");
            }
            Class<?> type = loadClass(className, loader);
            Codec custom = CustomCodec.find(loader);
            Codec codec = custom == null ? new JsonCodec() : custom;
            return methodName == null ? loadByInterface(type, codec) : loadByMethod(type, methodName, codec);
        } catch (RuntimeFault fault) {
            return HandlerForms.failing(fault);
        }
    }

    private static Class<?> loadClass(String name, ClassLoader loader) throws RuntimeFault, InitFailure {
        try {
            return Class.forName(name, true, loader);
        } catch (ClassNotFoundException missing) {
            throw new RuntimeFault("Class not found: " + name, "java.lang.ClassNotFoundException", false, missing);
        } catch (ExceptionInInitializerError thrown) {
            throw classFailure(name, thrown);
        } catch (LinkageError broken) {
            throw new RuntimeFault("Error loading class " + name + suffix(broken), broken.getClass().getName(), true, broken);
        } catch (Throwable thrown) {
            throw classFailure(name, thrown);
        }
    }

    private static InitFailure classFailure(String name, Throwable thrown) {
        return new InitFailure("Error loading class " + name + suffix(thrown), thrown.getClass().getName(), thrown);
    }

    private static String suffix(Throwable error) {
        return error.getMessage() == null ? "" : ": " + error.getMessage();
    }

    private static Handler loadByInterface(Class<?> type, Codec codec) throws RuntimeFault, InitFailure {
        Class<?> streamHandler = VendorTypes.findInterface(type, VendorTypes.REQUEST_STREAM_HANDLER);
        if (streamHandler != null) {
            return HandlerForms.method(newInstance(type), interfaceMethod(streamHandler), null, codec);
        }
        Class<?> requestHandler = VendorTypes.findInterface(type, VendorTypes.REQUEST_HANDLER);
        if (requestHandler == null) {
            throw new RuntimeFault("Class does not implement an appropriate handler interface: " + type.getName());
        }
        String notConcrete = "Class " + type.getName() + " does not implement RequestHandler with concrete type parameters";
        Type[] arguments = TypeResolver.argumentsOf(type, VendorTypes.REQUEST_HANDLER);
        if (arguments == null || arguments.length != 2) {
            throw new RuntimeFault(notConcrete);
        }
        for (Type argument : arguments) {
            boolean isUnbounded = argument instanceof TypeVariable && ((TypeVariable<?>) argument).getBounds()[0] == Object.class;
            if (isUnbounded) {
                throw new RuntimeFault(notConcrete + ": parameter " + argument + " has no upper bound.");
            }
        }
        return HandlerForms.method(newInstance(type), interfaceMethod(requestHandler), arguments, codec);
    }

    private static Method interfaceMethod(Class<?> handlerInterface) throws RuntimeFault {
        for (Method method : handlerInterface.getMethods()) {
            if (method.getName().equals("handleRequest")) {
                return method;
            }
        }
        throw new RuntimeFault("Interface " + handlerInterface.getName() + " has no method handleRequest");
    }

    private static Handler loadByMethod(Class<?> type, String name, Codec codec) throws RuntimeFault, InitFailure {
        Method best = null;
        for (Method method : type.getMethods()) {
            boolean isCandidate = method.getName().equals(name) && isAcceptable(method);
            if (isCandidate && (best == null || isPreferred(method, best))) {
                best = method;
            }
        }
        if (best == null) {
            throw new RuntimeFault(
                    "No public method named " + name + " with appropriate method signature found on class " + type.getName());
        }
        if (HandlerForms.isStreamMethod(best.getParameterTypes()) && best.getReturnType() != void.class) {
            System.err.println("Will ignore return type " + best.getReturnType() + " on byte stream handler");
        }
        return HandlerForms.method(HandlerForms.isStatic(best) ? null : newInstance(type), best, null, codec);
    }

    /** The author's own methods before the compiler's, then the longer signature, where a trailing Context counts extra. */
    private static boolean isPreferred(Method left, Method right) {
        if (left.isBridge() != right.isBridge()) {
            return right.isBridge();
        }
        return effectiveLength(left) > effectiveLength(right);
    }

    private static int effectiveLength(Method method) {
        Class<?>[] types = method.getParameterTypes();
        boolean hasContext = types.length > 0 && VendorTypes.isContext(types[types.length - 1]);
        return types.length * 2 + (hasContext ? 1 : 0);
    }

    private static boolean isAcceptable(Method method) {
        Class<?>[] types = method.getParameterTypes();
        String ignoring = "Ignoring an overload of method " + method.getName() + " because ";
        if (types.length > 3) {
            System.err.println(ignoring + "it has too many parameters: Expected at most 3, got " + types.length);
            return false;
        }
        boolean hasContext = types.length > 0 && VendorTypes.isContext(types[types.length - 1]);
        int own = types.length - (hasContext ? 1 : 0);
        boolean isLawful = own <= 1 || (own == 2 && types[0] == InputStream.class && types[1] == OutputStream.class);
        if (!isLawful) {
            System.err.println(ignoring + "its parameters are not an event, or an InputStream and an OutputStream, then a Context");
        }
        return isLawful;
    }

    private static Object newInstance(Class<?> type) throws RuntimeFault, InitFailure {
        Constructor<?> constructor;
        try {
            constructor = type.getConstructor();
        } catch (NoSuchMethodException missing) {
            boolean isInner = type.getEnclosingClass() != null && !Modifier.isStatic(type.getModifiers());
            String reason =
                    isInner
                            ? " cannot be instantiated because it is a non-static inner class"
                            : " has no public zero-argument constructor";
            throw new RuntimeFault("Class " + type.getName() + reason, "java.lang.Exception", false, missing);
        } catch (Throwable broken) {
            throw new InitFailure(Errors.messageOf(broken), broken.getClass().getName(), broken);
        }
        try {
            return constructor.newInstance();
        } catch (InstantiationException isAbstract) {
            String name = isAbstract.getClass().getName();
            throw new RuntimeFault(name, name, false, isAbstract);
        } catch (IllegalAccessException hidden) {
            String message = "Class " + type.getName() + " has no public zero-argument constructor";
            throw new RuntimeFault(message, "java.lang.Exception", false, hidden);
        } catch (InvocationTargetException thrown) {
            Throwable cause = thrown.getCause();
            throw new InitFailure(Errors.messageOf(cause), cause.getClass().getName(), cause);
        } catch (Throwable broken) {
            throw new InitFailure(Errors.messageOf(broken), broken.getClass().getName(), broken);
        }
    }
}
