package rik.runtime.json;

import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The properties of a class by the rules of JavaBeans with standard bean naming: public getters and setters, public
 * fields, and a private field as the way in when there is only a getter. Order: fields as declared, then other getters.
 */
final class BeanProperties {
    /** Names in these classes differ from the event's by case and hyphens (`Records`, `detail-type`). */
    private static final String VENDOR_EVENTS_PACKAGE = "com.amazonaws.services.lambda.runtime.events.";

    static final class Property {
        final String name;
        Field field;
        Method getter;
        Method setter;
        boolean isFieldPublic;

        Property(String name) {
            this.name = name;
        }

        boolean isReadable() {
            return getter != null || isFieldPublic;
        }

        boolean isWritable() {
            return setter != null || isFieldPublic || (field != null && getter != null);
        }

        Type writeType() {
            return setter != null ? setter.getGenericParameterTypes()[0] : field.getGenericType();
        }

        Object read(Object bean) throws ReflectiveOperationException {
            return getter != null ? open(getter).invoke(bean) : open(field).get(bean);
        }

        void write(Object bean, Object value) throws ReflectiveOperationException {
            if (setter != null) {
                open(setter).invoke(bean, value);
            } else {
                open(field).set(bean, value);
            }
        }
    }

    private static final Map<Class<?>, BeanProperties> CACHE = new ConcurrentHashMap<Class<?>, BeanProperties>();

    final List<Property> readable = new ArrayList<Property>();
    private final Map<String, Property> writable = new LinkedHashMap<String, Property>();
    private final boolean isVendorEvent;

    static BeanProperties of(Class<?> type) {
        BeanProperties known = CACHE.get(type);
        if (known == null) {
            known = new BeanProperties(type);
            CACHE.put(type, known);
        }
        return known;
    }

    private BeanProperties(Class<?> type) {
        isVendorEvent = type.getName().startsWith(VENDOR_EVENTS_PACKAGE);
        Map<String, Property> all = new LinkedHashMap<String, Property>();
        collectFields(type, all);
        Method[] methods = type.getMethods();
        Arrays.sort(
                methods,
                new Comparator<Method>() {
                    @Override
                    public int compare(Method left, Method right) {
                        return left.getName().compareTo(right.getName());
                    }
                });
        for (Method method : methods) {
            collectMethod(method, all);
        }
        for (Property property : all.values()) {
            if (property.isReadable()) {
                readable.add(property);
            }
            if (property.isWritable()) {
                writable.put(normalise(property.name), property);
            }
        }
    }

    /** The property that takes the JSON member `name`; null when there is none. */
    Property findWritable(String name) {
        return writable.get(normalise(name));
    }

    private String normalise(String name) {
        return isVendorEvent ? name.replace("-", "").toLowerCase() : name;
    }

    private static void collectFields(Class<?> type, Map<String, Property> all) {
        if (type == null || type == Object.class) {
            return;
        }
        collectFields(type.getSuperclass(), all);
        for (Field field : type.getDeclaredFields()) {
            int modifiers = field.getModifiers();
            if (Modifier.isStatic(modifiers) || Modifier.isTransient(modifiers) || field.isSynthetic()) {
                continue;
            }
            Property property = propertyOf(field.getName(), all);
            property.field = field;
            property.isFieldPublic = Modifier.isPublic(modifiers);
        }
    }

    private static void collectMethod(Method method, Map<String, Property> all) {
        if (Modifier.isStatic(method.getModifiers()) || method.isBridge() || method.getDeclaringClass() == Object.class) {
            return;
        }
        String name = method.getName();
        Class<?> result = method.getReturnType();
        int parameterCount = method.getParameterTypes().length;
        if (parameterCount == 0 && result != void.class && name.startsWith("get") && name.length() > 3) {
            propertyOf(decapitalise(name.substring(3)), all).getter = method;
        } else if (parameterCount == 0
                && (result == boolean.class || result == Boolean.class)
                && name.startsWith("is")
                && name.length() > 2) {
            Property property = propertyOf(decapitalise(name.substring(2)), all);
            property.getter = property.getter == null ? method : property.getter;
        } else if (parameterCount == 1 && name.startsWith("set") && name.length() > 3) {
            propertyOf(decapitalise(name.substring(3)), all).setter = method;
        }
    }

    private static Property propertyOf(String name, Map<String, Property> all) {
        Property property = all.get(name);
        if (property == null) {
            property = new Property(name);
            all.put(name, property);
        }
        return property;
    }

    /** As java.beans.Introspector does: `URL` stays, `Name` becomes `name`. */
    static String decapitalise(String name) {
        boolean isAcronym = name.length() > 1 && Character.isUpperCase(name.charAt(0)) && Character.isUpperCase(name.charAt(1));
        return isAcronym ? name : Character.toLowerCase(name.charAt(0)) + name.substring(1);
    }

    /** Classes need not be public for their public members to count. */
    private static <Member extends AccessibleObject> Member open(Member member) {
        member.setAccessible(true);
        return member;
    }
}
