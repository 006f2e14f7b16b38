package rik.runtime;

import java.lang.annotation.Annotation;
import java.lang.reflect.Method;

/**
 * The mark of a streaming function: an annotation of the simple name `StreamifyResponse`, from any package, on its method or class. So a
 * function needs nothing of ours to compile: its author writes the annotation, with a member `contentType` if one is wanted.
 */
final class StreamMark {
    private static final String NAME = "StreamifyResponse";
    private static final String CONTENT_TYPE_DEFAULT = "application/octet-stream";

    private StreamMark() {}

    /** Null without the mark. */
    static String contentTypeOf(Class<?> type, Method method) {
        String ofMethod = contentTypeOf(method.getAnnotations());
        return ofMethod == null ? contentTypeOf(type.getAnnotations()) : ofMethod;
    }

    private static String contentTypeOf(Annotation[] annotations) {
        for (Annotation annotation : annotations) {
            if (!annotation.annotationType().getSimpleName().equals(NAME)) {
                continue;
            }
            try {
                Method member = annotation.annotationType().getMethod("contentType");
                member.setAccessible(true);
                return String.valueOf(member.invoke(annotation));
            } catch (ReflectiveOperationException without) {
                return CONTENT_TYPE_DEFAULT;
            }
        }
        return null;
    }
}
