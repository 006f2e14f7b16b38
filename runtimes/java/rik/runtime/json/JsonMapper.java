package rik.runtime.json;

import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** JSON to objects by the plain mapper's rules of managed-runtimes 4.4. */
public final class JsonMapper {
    private static final String VENDOR_EVENTS_PACKAGE = "com.amazonaws.services.lambda.runtime.events.";

    private JsonMapper() {}

    /** Throws JsonException when the text is not JSON or has the wrong shape. */
    public static Object read(byte[] json, Type type) {
        try {
            return convert(JsonReader.read(json), type);
        } catch (JsonException known) {
            throw known;
        } catch (RuntimeException unknown) {
            throw new JsonException(String.valueOf(unknown.getMessage()), unknown);
        }
    }

    static Object convert(Object node, Type type) {
        Class<?> raw = TypeResolver.rawClass(type);
        if (raw == Optional.class) {
            return Optional.ofNullable(node == null ? null : convert(node, argument(type, "java.util.Optional", 0)));
        }
        if (node == null) {
            return ScalarReader.defaultOf(raw);
        }
        if (raw == Object.class) {
            return toNatural(node);
        }
        if (Collection.class.isAssignableFrom(raw) || raw == Iterable.class) {
            return readCollection(node, type, raw);
        }
        if (raw.isArray() && raw != byte[].class) {
            return readArray(node, type, raw);
        }
        if (node instanceof List && !raw.getName().startsWith("java.time.")) {
            List<?> elements = (List<?>) node;
            if (elements.isEmpty()) {
                return ScalarReader.defaultOf(raw);
            }
            if (elements.size() > 1) {
                throw new JsonException("an array cannot become a " + raw.getName());
            }
            return convert(elements.get(0), type);
        }
        Object scalar = ScalarReader.read(node, raw);
        if (scalar != ScalarReader.NOT_A_SCALAR) {
            return scalar;
        }
        if (Map.class.isAssignableFrom(raw)) {
            return readMap(node, type, raw);
        }
        return readBean(node, type, raw);
    }

    private static Object toNatural(Object node) {
        if (node instanceof JsonNumber) {
            return ((JsonNumber) node).toNatural();
        }
        if (node instanceof List) {
            List<Object> elements = new ArrayList<Object>();
            for (Object element : (List<?>) node) {
                elements.add(toNatural(element));
            }
            return elements;
        }
        if (node instanceof Map) {
            Map<String, Object> members = new LinkedHashMap<String, Object>();
            for (Map.Entry<?, ?> member : ((Map<?, ?>) node).entrySet()) {
                members.put((String) member.getKey(), toNatural(member.getValue()));
            }
            return members;
        }
        return node;
    }

    /** A single value counts as a collection of one. */
    private static List<?> elementsOf(Object node) {
        if (node instanceof List) {
            return (List<?>) node;
        }
        List<Object> single = new ArrayList<Object>();
        single.add(node);
        return single;
    }

    private static Object readCollection(Object node, Type type, Class<?> raw) {
        if ("".equals(node)) {
            return null;
        }
        Type elementType = argument(type, raw == Iterable.class ? "java.lang.Iterable" : "java.util.Collection", 0);
        Collection<Object> collection = newCollection(raw);
        for (Object element : elementsOf(node)) {
            collection.add(convert(element, elementType));
        }
        return collection;
    }

    @SuppressWarnings("unchecked")
    private static Collection<Object> newCollection(Class<?> raw) {
        if (raw.isAssignableFrom(ArrayList.class)) {
            return new ArrayList<Object>();
        }
        if (raw.isAssignableFrom(LinkedHashSet.class)) {
            return new LinkedHashSet<Object>();
        }
        if (raw.isAssignableFrom(TreeSet.class)) {
            return new TreeSet<Object>();
        }
        if (raw.isAssignableFrom(ArrayDeque.class)) {
            return new ArrayDeque<Object>();
        }
        return (Collection<Object>) newInstance(raw);
    }

    private static Object readArray(Object node, Type type, Class<?> raw) {
        Type elementType =
                type instanceof java.lang.reflect.GenericArrayType
                        ? ((java.lang.reflect.GenericArrayType) type).getGenericComponentType()
                        : raw.getComponentType();
        List<?> elements = elementsOf(node);
        Object array = Array.newInstance(raw.getComponentType(), elements.size());
        for (int index = 0; index < elements.size(); index++) {
            Array.set(array, index, convert(elements.get(index), elementType));
        }
        return array;
    }

    @SuppressWarnings("unchecked")
    private static Object readMap(Object node, Type type, Class<?> raw) {
        if ("".equals(node)) {
            return null;
        }
        if (!(node instanceof Map)) {
            throw new JsonException("a scalar cannot become a " + raw.getName());
        }
        Type keyType = argument(type, "java.util.Map", 0);
        Type valueType = argument(type, "java.util.Map", 1);
        Map<Object, Object> map;
        if (raw.isAssignableFrom(LinkedHashMap.class)) {
            map = new LinkedHashMap<Object, Object>();
        } else if (raw.isAssignableFrom(TreeMap.class)) {
            map = new TreeMap<Object, Object>();
        } else {
            map = (Map<Object, Object>) newInstance(raw);
        }
        for (Map.Entry<?, ?> member : ((Map<?, ?>) node).entrySet()) {
            map.put(convert(member.getKey(), keyType), convert(member.getValue(), valueType));
        }
        return map;
    }

    private static Object readBean(Object node, Type type, Class<?> raw) {
        if ("".equals(node)) {
            return null;
        }
        if (raw.getName().equals("org.joda.time.DateTime")) {
            return parseByStaticMethod(node, raw);
        }
        if (!(node instanceof Map)) {
            throw new JsonException("a scalar cannot become a " + raw.getName());
        }
        Map<?, ?> members = (Map<?, ?>) node;
        Map<TypeVariable<?>, Type> bindings = TypeResolver.bindings(type);
        Constructor<?> canonical = RecordSupport.canonicalConstructor(raw);
        if (canonical != null) {
            return readRecord(members, raw, canonical, bindings);
        }
        Object bean = newInstance(raw);
        BeanProperties properties = BeanProperties.of(raw);
        boolean isVendorEvent = raw.getName().startsWith(VENDOR_EVENTS_PACKAGE);
        for (Map.Entry<?, ?> member : members.entrySet()) {
            BeanProperties.Property property = properties.findWritable((String) member.getKey());
            if (property == null) {
                continue; // Unknown members are ignored.
            }
            Type memberType = TypeResolver.substitute(property.writeType(), bindings);
            // The vendor's event classes hold epoch seconds where other classes hold milliseconds.
            boolean isEpochSeconds = isVendorEvent && memberType == Date.class && member.getValue() instanceof JsonNumber;
            Object value = isEpochSeconds ? ScalarReader.readDate(member.getValue(), 1_000L) : convert(member.getValue(), memberType);
            try {
                property.write(bean, value);
            } catch (ReflectiveOperationException cause) {
                throw new JsonException("cannot set " + property.name + " of " + raw.getName(), cause);
            }
        }
        return bean;
    }

    private static Object readRecord(
            Map<?, ?> members, Class<?> raw, Constructor<?> canonical, Map<TypeVariable<?>, Type> bindings) {
        String[] names = RecordSupport.componentNames(raw);
        Type[] types = canonical.getGenericParameterTypes();
        Object[] values = new Object[names.length];
        for (int index = 0; index < names.length; index++) {
            values[index] = convert(members.get(names[index]), TypeResolver.substitute(types[index], bindings));
        }
        return construct(canonical, values);
    }

    private static Object parseByStaticMethod(Object node, Class<?> raw) {
        try {
            Method parse = raw.getMethod("parse", String.class);
            return parse.invoke(null, String.valueOf(node));
        } catch (ReflectiveOperationException cause) {
            throw new JsonException("cannot parse a " + raw.getName(), cause);
        }
    }

    private static Object newInstance(Class<?> raw) {
        if (raw.isInterface() || Modifier.isAbstract(raw.getModifiers())) {
            throw new JsonException(raw.getName() + " is abstract");
        }
        try {
            return construct(raw.getDeclaredConstructor());
        } catch (NoSuchMethodException cause) {
            throw new JsonException(raw.getName() + " has no constructor without parameters", cause);
        }
    }

    private static Object construct(Constructor<?> constructor, Object... values) {
        try {
            constructor.setAccessible(true);
            return constructor.newInstance(values);
        } catch (InvocationTargetException cause) {
            throw new JsonException("cannot make a " + constructor.getDeclaringClass().getName(), cause.getCause());
        } catch (ReflectiveOperationException cause) {
            throw new JsonException("cannot make a " + constructor.getDeclaringClass().getName(), cause);
        }
    }

    private static Type argument(Type type, String ancestorName, int index) {
        Type[] arguments = TypeResolver.argumentsOf(type, ancestorName);
        return arguments == null || arguments.length <= index ? Object.class : arguments[index];
    }

    /** For tests and context objects: the natural tree of a text. */
    public static Map<String, Object> readObject(String json) {
        Object tree = toNatural(JsonReader.read(json.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        if (!(tree instanceof Map)) {
            throw new JsonException("an object is expected");
        }
        Map<String, Object> members = new HashMap<String, Object>();
        for (Map.Entry<?, ?> member : ((Map<?, ?>) tree).entrySet()) {
            members.put((String) member.getKey(), member.getValue());
        }
        return members;
    }
}
