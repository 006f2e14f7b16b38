package rik.runtime.json;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.UUID;

/** Turns a scalar of the JSON tree into a scalar Java type, with the coercions of the vendor's mapper. */
final class ScalarReader {
    /** Means that the type is no scalar. */
    static final Object NOT_A_SCALAR = new Object();

    private static final BigDecimal NANOS_PER_SECOND = BigDecimal.valueOf(1_000_000_000L);

    private ScalarReader() {}

    static Object read(Object node, Class<?> type) {
        if (type == String.class || type == CharSequence.class) {
            return toText(node);
        }
        if (type.isPrimitive() || Number.class.isAssignableFrom(type) || type == Boolean.class || type == Character.class) {
            return readNumberOrPrimitive(node, type);
        }
        if (type.isEnum()) {
            return readEnum(node, type);
        }
        if (type == byte[].class) {
            return node instanceof List ? NOT_A_SCALAR : Base64.getDecoder().decode(toText(node));
        }
        if (type == UUID.class) {
            return UUID.fromString(toText(node));
        }
        if (type == Date.class) {
            return readDate(node, 1L);
        }
        return type.getName().startsWith("java.time.") ? readTime(node, type) : NOT_A_SCALAR;
    }

    /** What a missing or null member becomes. */
    static Object defaultOf(Class<?> type) {
        return type.isPrimitive() ? readNumberOrPrimitive(type == boolean.class ? Boolean.FALSE : new JsonNumber("0"), type) : null;
    }

    static Date readDate(Object node, long millisPerUnit) {
        if (node instanceof JsonNumber) {
            BigDecimal value = ((JsonNumber) node).toBigDecimal().multiply(BigDecimal.valueOf(millisPerUnit));
            return new Date(new JsonNumber(value.toPlainString()).toLong(Long.MIN_VALUE, Long.MAX_VALUE));
        }
        return Date.from(parseInstant(toText(node)));
    }

    private static Object readNumberOrPrimitive(Object node, Class<?> type) {
        if (type == char.class || type == Character.class) {
            String text = node instanceof JsonNumber ? String.valueOf((char) integer(node, 0, Character.MAX_VALUE)) : toText(node);
            if (text.length() != 1) {
                throw new JsonException("a character is expected, not " + text.length());
            }
            return text.charAt(0);
        }
        if (node instanceof String) {
            String text = ((String) node).trim();
            if (text.isEmpty()) {
                return type.isPrimitive() ? defaultOf(type) : null;
            }
            boolean isBoolean = text.equals("true") || text.equals("false");
            node = isBoolean ? (Object) Boolean.valueOf(text) : JsonReader.read(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }
        if (type == boolean.class || type == Boolean.class) {
            return node instanceof Boolean ? node : (Object) (integer(node, Long.MIN_VALUE, Long.MAX_VALUE) != 0);
        }
        if (!(node instanceof JsonNumber)) {
            throw new JsonException("a number is expected");
        }
        JsonNumber number = (JsonNumber) node;
        if (type == int.class || type == Integer.class) {
            return (int) integer(number, Integer.MIN_VALUE, Integer.MAX_VALUE);
        }
        if (type == long.class || type == Long.class) {
            return integer(number, Long.MIN_VALUE, Long.MAX_VALUE);
        }
        if (type == double.class || type == Double.class) {
            return number.toDouble();
        }
        if (type == float.class || type == Float.class) {
            return (float) number.toDouble();
        }
        if (type == short.class || type == Short.class) {
            return (short) integer(number, Short.MIN_VALUE, Short.MAX_VALUE);
        }
        if (type == byte.class || type == Byte.class) {
            return (byte) integer(number, Byte.MIN_VALUE, 255);
        }
        if (type == BigDecimal.class) {
            return number.toBigDecimal();
        }
        if (type == BigInteger.class) {
            return number.toBigInteger();
        }
        if (type == Number.class) {
            return number.toNatural();
        }
        throw new JsonException("no way to make a " + type.getName());
    }

    private static long integer(Object node, long min, long max) {
        if (!(node instanceof JsonNumber)) {
            throw new JsonException("a number is expected");
        }
        return ((JsonNumber) node).toLong(min, max);
    }

    /** A name that is not among the constants is null, an integer is the place among them. */
    private static Object readEnum(Object node, Class<?> type) {
        Object[] constants = type.getEnumConstants();
        if (node instanceof JsonNumber) {
            long ordinal = integer(node, Integer.MIN_VALUE, Integer.MAX_VALUE);
            return ordinal >= 0 && ordinal < constants.length ? constants[(int) ordinal] : null;
        }
        String name = toText(node);
        for (Object constant : constants) {
            if (((Enum<?>) constant).name().equals(name)) {
                return constant;
            }
        }
        return null;
    }

    private static Object readTime(Object node, Class<?> type) {
        if (type == Instant.class) {
            return node instanceof JsonNumber ? instantOf((JsonNumber) node) : parseInstant(toText(node));
        }
        if (type == OffsetDateTime.class) {
            return node instanceof JsonNumber
                    ? instantOf((JsonNumber) node).atOffset(ZoneOffset.UTC)
                    : OffsetDateTime.parse(toText(node));
        }
        if (type == ZonedDateTime.class) {
            return node instanceof JsonNumber
                    ? instantOf((JsonNumber) node).atZone(ZoneOffset.UTC)
                    : ZonedDateTime.parse(toText(node));
        }
        if (type == Duration.class) {
            if (node instanceof JsonNumber) {
                Instant end = instantOf((JsonNumber) node);
                return Duration.ofSeconds(end.getEpochSecond(), end.getNano());
            }
            return Duration.parse(toText(node));
        }
        if (type == LocalDate.class) {
            int[] parts = partsOf(node);
            return parts == null ? LocalDate.parse(toText(node)) : LocalDate.of(parts[0], parts[1], parts[2]);
        }
        if (type == LocalDateTime.class) {
            int[] parts = partsOf(node);
            return parts == null
                    ? LocalDateTime.parse(toText(node))
                    : LocalDateTime.of(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], parts[6]);
        }
        if (type == LocalTime.class) {
            int[] parts = partsOf(node);
            return parts == null ? LocalTime.parse(toText(node)) : LocalTime.of(parts[0], parts[1], parts[2], parts[3]);
        }
        return NOT_A_SCALAR;
    }

    /** `[2020,1,2]` and longer; missing members are zero. */
    private static int[] partsOf(Object node) {
        if (!(node instanceof List)) {
            return null;
        }
        int[] parts = new int[7];
        int index = 0;
        for (Object part : (List<?>) node) {
            if (index < parts.length) {
                parts[index++] = (int) integer(part, Integer.MIN_VALUE, Integer.MAX_VALUE);
            }
        }
        return parts;
    }

    private static Instant instantOf(JsonNumber seconds) {
        BigDecimal nanos = seconds.toBigDecimal().multiply(NANOS_PER_SECOND);
        if (nanos.precision() - nanos.scale() > 30 || nanos.scale() > 1_000) {
            throw new JsonException(seconds.text + " is out of range");
        }
        BigInteger[] parts = nanos.toBigInteger().divideAndRemainder(NANOS_PER_SECOND.toBigInteger());
        return Instant.ofEpochSecond(parts[0].longValue(), parts[1].longValue());
    }

    private static Instant parseInstant(String text) {
        boolean hasTime = text.indexOf('T') >= 0;
        return hasTime ? OffsetDateTime.parse(text).toInstant() : LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant();
    }

    private static String toText(Object node) {
        if (node instanceof String) {
            return (String) node;
        }
        if (node instanceof JsonNumber) {
            return ((JsonNumber) node).text;
        }
        if (node instanceof Boolean) {
            return node.toString();
        }
        throw new JsonException("a string is expected");
    }
}
