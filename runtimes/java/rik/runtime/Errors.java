package rik.runtime;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import rik.runtime.json.JsonWriter;

/** Errors as Lambda's Java runtime puts them on the wire and in the log. Source: managed-runtimes 1.5, 4.2, 4.5. */
final class Errors {
    static final String USER_EXCEPTION = "Runtime.UserException";
    static final String BAD_FUNCTION_CODE = "Runtime.BadFunctionCode";

    private static final String OWN_PACKAGE = "rik.runtime.";

    private Errors() {}

    /** A fault that this runtime finds itself; it has no stack on the wire. */
    static final class RuntimeFault extends Exception {
        private static final long serialVersionUID = 1L;

        /** Null is left out of the body. */
        final String wireType;
        /** True when the process ends after the report. */
        final boolean isFatal;

        RuntimeFault(String message, String wireType, boolean isFatal, Throwable cause) {
            super(message, cause);
            this.wireType = wireType;
            this.isFatal = isFatal;
        }

        RuntimeFault(String message) {
            this(message, null, false, null);
        }
    }

    static byte[] toFaultBody(RuntimeFault fault) {
        Map<String, Object> body = new LinkedHashMap<String, Object>();
        body.put("errorMessage", fault.getMessage());
        body.put("errorType", fault.wireType);
        return JsonWriter.write(body);
    }

    static byte[] toErrorBody(Throwable error) {
        List<String> trace = new ArrayList<String>();
        for (StackTraceElement frame : functionFrames(error)) {
            trace.add(frame.toString());
        }
        return toErrorBody(messageOf(error), error.getClass().getName(), trace);
    }

    static byte[] toErrorBody(String message, String type, List<String> trace) {
        Map<String, Object> body = new LinkedHashMap<String, Object>();
        body.put("errorMessage", message);
        body.put("errorType", type);
        body.put("stackTrace", trace);
        return JsonWriter.write(body);
    }

    static String messageOf(Throwable error) {
        String message = error.getLocalizedMessage();
        return message == null ? error.getClass().getName() : message;
    }

    /** Value of the X-Ray cause header, always printable ASCII. */
    static String toXrayCause(Throwable error) {
        List<Map<String, Object>> stack = new ArrayList<Map<String, Object>>();
        Set<String> paths = new LinkedHashSet<String>();
        for (StackTraceElement frame : functionFrames(error)) {
            Map<String, Object> entry = new LinkedHashMap<String, Object>();
            entry.put("label", frame.getMethodName());
            entry.put("path", frame.getFileName());
            entry.put("line", frame.getLineNumber());
            stack.add(entry);
            if (frame.getFileName() != null) {
                paths.add(frame.getFileName());
            }
        }
        Map<String, Object> exception = new LinkedHashMap<String, Object>();
        exception.put("message", error.getMessage());
        exception.put("type", error.getClass().getName());
        exception.put("stack", stack);
        Map<String, Object> cause = new LinkedHashMap<String, Object>();
        cause.put("working_directory", System.getProperty("user.dir"));
        cause.put("exceptions", Collections.singletonList(exception));
        cause.put("paths", paths);
        return escapeNonAscii(JsonWriter.writeText(cause));
    }

    /** What the log shows: message, class, and the whole trace with causes, without this runtime's frames. */
    static String toLogText(Throwable error) {
        trimOwnFrames(error, Collections.newSetFromMap(new IdentityHashMap<Throwable, Boolean>()));
        StringWriter text = new StringWriter();
        PrintWriter writer = new PrintWriter(text);
        writer.append(messageOf(error)).append(": ").append(error.getClass().getName()).append('\n');
        error.printStackTrace(writer);
        writer.flush();
        return text.append('\n').toString();
    }

    private static void trimOwnFrames(Throwable error, Set<Throwable> seen) {
        if (error == null || !seen.add(error)) {
            return;
        }
        error.setStackTrace(functionFrames(error));
        trimOwnFrames(error.getCause(), seen);
        for (Throwable suppressed : error.getSuppressed()) {
            trimOwnFrames(suppressed, seen);
        }
    }

    /** Frames above this runtime's own, without the reflection between the two. */
    private static StackTraceElement[] functionFrames(Throwable error) {
        StackTraceElement[] frames = error.getStackTrace();
        int count = 0;
        while (count < frames.length && !frames[count].getClassName().startsWith(OWN_PACKAGE)) {
            count++;
        }
        while (count < frames.length && count > 0 && isReflection(frames[count - 1].getClassName())) {
            count--;
        }
        StackTraceElement[] kept = new StackTraceElement[count];
        System.arraycopy(frames, 0, kept, 0, count);
        return kept;
    }

    private static boolean isReflection(String className) {
        return className.startsWith("java.lang.reflect.")
                || className.startsWith("jdk.internal.reflect.")
                || className.startsWith("sun.reflect.");
    }

    private static String escapeNonAscii(String json) {
        StringBuilder escaped = new StringBuilder(json.length());
        for (int index = 0; index < json.length(); index++) {
            char character = json.charAt(index);
            if (character < 127) {
                escaped.append(character);
            } else {
                escaped.append("\\u").append(Integer.toHexString(0x10000 | character).substring(1));
            }
        }
        return escaped.toString();
    }
}
