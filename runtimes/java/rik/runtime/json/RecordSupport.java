package rik.runtime.json;

import java.lang.reflect.Constructor;
import java.lang.reflect.Method;

/** Records by reflection, because this code also runs on Java 8, which has none. */
final class RecordSupport {
    private RecordSupport() {}

    static boolean isRecord(Class<?> type) {
        Class<?> parent = type.getSuperclass();
        return parent != null && parent.getName().equals("java.lang.Record");
    }

    /** Null when the type is no record. */
    static Constructor<?> canonicalConstructor(Class<?> type) {
        if (!isRecord(type)) {
            return null;
        }
        try {
            Object[] components = components(type);
            Class<?>[] parameters = new Class<?>[components.length];
            for (int index = 0; index < components.length; index++) {
                Method getType = components[index].getClass().getMethod("getType");
                parameters[index] = (Class<?>) getType.invoke(components[index]);
            }
            return type.getDeclaredConstructor(parameters);
        } catch (ReflectiveOperationException cause) {
            throw new JsonException("cannot read the record " + type.getName(), cause);
        }
    }

    static String[] componentNames(Class<?> type) {
        try {
            Object[] components = components(type);
            String[] names = new String[components.length];
            for (int index = 0; index < components.length; index++) {
                names[index] = (String) components[index].getClass().getMethod("getName").invoke(components[index]);
            }
            return names;
        } catch (ReflectiveOperationException cause) {
            throw new JsonException("cannot read the record " + type.getName(), cause);
        }
    }

    static Object read(Object record, String name) throws ReflectiveOperationException {
        Method accessor = record.getClass().getDeclaredMethod(name);
        accessor.setAccessible(true);
        return accessor.invoke(record);
    }

    private static Object[] components(Class<?> type) throws ReflectiveOperationException {
        return (Object[]) Class.class.getMethod("getRecordComponents").invoke(type);
    }
}
