package rik.runtime.json;

import java.lang.reflect.Array;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Answers what the type parameters of a generic ancestor are in one of its descendants. */
public final class TypeResolver {
    private TypeResolver() {}

    /** The arguments that `type` gives to its ancestor named `ancestorName`; null when there is none, empty when it is raw. */
    public static Type[] argumentsOf(Type type, String ancestorName) {
        return find(type, ancestorName, new HashMap<TypeVariable<?>, Type>());
    }

    /** The class behind a type; bounds stand for variables and wildcards. */
    public static Class<?> rawClass(Type type) {
        if (type instanceof Class) {
            return (Class<?>) type;
        }
        if (type instanceof ParameterizedType) {
            return (Class<?>) ((ParameterizedType) type).getRawType();
        }
        if (type instanceof GenericArrayType) {
            return Array.newInstance(rawClass(((GenericArrayType) type).getGenericComponentType()), 0).getClass();
        }
        if (type instanceof WildcardType) {
            return rawClass(((WildcardType) type).getUpperBounds()[0]);
        }
        if (type instanceof TypeVariable) {
            return rawClass(((TypeVariable<?>) type).getBounds()[0]);
        }
        return Object.class;
    }

    /** The type variables of `type`'s class and of its ancestors, with what they stand for. */
    static Map<TypeVariable<?>, Type> bindings(Type type) {
        Map<TypeVariable<?>, Type> bindings = new HashMap<TypeVariable<?>, Type>();
        for (Type step = type; step != null; step = rawClass(step).getGenericSuperclass()) {
            bind(step, bindings);
        }
        return bindings;
    }

    /** `type` with its variables replaced as far as they are known. */
    static Type substitute(Type type, final Map<TypeVariable<?>, Type> bindings) {
        if (type instanceof TypeVariable) {
            Type bound = bindings.get(type);
            return bound == null ? type : bound;
        }
        if (!(type instanceof ParameterizedType) || bindings.isEmpty()) {
            return type;
        }
        final ParameterizedType generic = (ParameterizedType) type;
        Type[] arguments = generic.getActualTypeArguments();
        final Type[] replaced = new Type[arguments.length];
        for (int index = 0; index < arguments.length; index++) {
            replaced[index] = substitute(arguments[index], bindings);
        }
        return new ParameterizedType() {
            @Override
            public Type[] getActualTypeArguments() {
                return replaced.clone();
            }

            @Override
            public Type getRawType() {
                return generic.getRawType();
            }

            @Override
            public Type getOwnerType() {
                return generic.getOwnerType();
            }
        };
    }

    private static void bind(Type type, Map<TypeVariable<?>, Type> bindings) {
        if (!(type instanceof ParameterizedType)) {
            return;
        }
        TypeVariable<?>[] variables = rawClass(type).getTypeParameters();
        Type[] arguments = ((ParameterizedType) type).getActualTypeArguments();
        for (int index = 0; index < variables.length; index++) {
            bindings.put(variables[index], substitute(arguments[index], bindings));
        }
    }

    private static Type[] find(Type type, String ancestorName, Map<TypeVariable<?>, Type> bindings) {
        bind(type, bindings);
        Class<?> raw = rawClass(type);
        if (raw.getName().equals(ancestorName)) {
            if (!(type instanceof ParameterizedType)) {
                return new Type[0];
            }
            Type[] arguments = ((ParameterizedType) type).getActualTypeArguments();
            for (int index = 0; index < arguments.length; index++) {
                arguments[index] = substitute(arguments[index], bindings);
            }
            return arguments;
        }
        List<Type> ancestors = new ArrayList<Type>();
        for (Type ancestor : raw.getGenericInterfaces()) {
            ancestors.add(ancestor);
        }
        if (raw.getGenericSuperclass() != null) {
            ancestors.add(raw.getGenericSuperclass());
        }
        for (Type ancestor : ancestors) {
            Type[] arguments = find(ancestor, ancestorName, bindings);
            if (arguments != null) {
                return arguments;
            }
        }
        return null;
    }
}
