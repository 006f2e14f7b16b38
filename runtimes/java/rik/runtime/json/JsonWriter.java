package rik.runtime.json;

import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.Base64;
import java.util.Date;
import java.util.Map;
import java.util.Optional;

/** Objects to JSON by the plain mapper's rules of managed-runtimes 4.4. */
public final class JsonWriter {
    /** Deeper is taken for a cycle, as the vendor's mapper does. */
    private static final int DEPTH_MAX = 1_000;

    private static final String HEX = "0123456789ABCDEF";

    private final StringBuilder output = new StringBuilder(256);

    private JsonWriter() {}

    /** Throws JsonException when the value has no JSON form. */
    public static byte[] write(Object value) {
        return writeText(value).getBytes(StandardCharsets.UTF_8);
    }

    public static String writeText(Object value) {
        JsonWriter writer = new JsonWriter();
        try {
            writer.append(value, 0);
        } catch (ReflectiveOperationException cause) {
            Throwable reason = cause instanceof InvocationTargetException ? cause.getCause() : cause;
            throw new JsonException("cannot read a property: " + reason, reason);
        }
        return writer.output.toString();
    }

    private void append(Object value, int depth) throws ReflectiveOperationException {
        if (depth > DEPTH_MAX) {
            throw new JsonException("nested deeper than " + DEPTH_MAX + ", perhaps in a cycle");
        }
        if (value == null) {
            output.append("null");
        } else if (value instanceof CharSequence || value instanceof Character) {
            appendString(value.toString());
        } else if (value instanceof Number) {
            appendNumber((Number) value);
        } else if (value instanceof Boolean) {
            output.append(value);
        } else if (value instanceof Map) {
            appendMap((Map<?, ?>) value, depth);
        } else if (value instanceof Iterable && !(value instanceof java.nio.file.Path)) {
            appendElements((Iterable<?>) value, depth);
        } else if (value.getClass().isArray()) {
            appendArray(value, depth);
        } else if (value instanceof Enum) {
            appendString(((Enum<?>) value).name());
        } else if (value instanceof Optional) {
            append(((Optional<?>) value).orElse(null), depth);
        } else if (value instanceof Date) {
            output.append(((Date) value).getTime());
        } else if (!appendTime(value)) {
            appendObject(value, depth);
        }
    }

    private void appendObject(Object value, int depth) throws ReflectiveOperationException {
        String name = value.getClass().getName();
        if (name.equals("java.util.UUID") || name.startsWith("java.net.UR") || value instanceof java.nio.file.Path) {
            appendString(value.toString());
        } else if (value instanceof Class) {
            appendString(((Class<?>) value).getName());
        } else if (RecordSupport.isRecord(value.getClass())) {
            boolean isFirst = true;
            output.append('{');
            for (String component : RecordSupport.componentNames(value.getClass())) {
                isFirst = appendMember(component, RecordSupport.read(value, component), isFirst, depth);
            }
            output.append('}');
        } else {
            boolean isFirst = true;
            output.append('{');
            for (BeanProperties.Property property : BeanProperties.of(value.getClass()).readable) {
                isFirst = appendMember(property.name, property.read(value), isFirst, depth);
            }
            output.append('}');
        }
    }

    private void appendMap(Map<?, ?> map, int depth) throws ReflectiveOperationException {
        boolean isFirst = true;
        output.append('{');
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            Object key = entry.getKey();
            if (key == null) {
                throw new JsonException("a map has the key null");
            }
            String name = key instanceof Enum ? ((Enum<?>) key).name() : key.toString();
            isFirst = appendMember(name, entry.getValue(), isFirst, depth);
        }
        output.append('}');
    }

    /** Null members are dropped, also from maps. */
    private boolean appendMember(String name, Object value, boolean isFirst, int depth) throws ReflectiveOperationException {
        if (value == null) {
            return isFirst;
        }
        if (!isFirst) {
            output.append(',');
        }
        appendString(name);
        output.append(':');
        append(value, depth + 1);
        return false;
    }

    private void appendElements(Iterable<?> elements, int depth) throws ReflectiveOperationException {
        boolean isFirst = true;
        output.append('[');
        for (Object element : elements) {
            if (!isFirst) {
                output.append(',');
            }
            isFirst = false;
            append(element, depth + 1);
        }
        output.append(']');
    }

    private void appendArray(Object array, int depth) throws ReflectiveOperationException {
        if (array instanceof byte[]) {
            appendString(Base64.getEncoder().encodeToString((byte[]) array));
            return;
        }
        if (array instanceof char[]) {
            appendString(new String((char[]) array));
            return;
        }
        output.append('[');
        for (int index = 0; index < Array.getLength(array); index++) {
            if (index > 0) {
                output.append(',');
            }
            append(Array.get(array, index), depth + 1);
        }
        output.append(']');
    }

    private void appendNumber(Number number) {
        boolean isNotFinite =
                (number instanceof Double || number instanceof Float)
                        && (Double.isNaN(number.doubleValue()) || Double.isInfinite(number.doubleValue()));
        if (isNotFinite) {
            appendString(number.toString());
        } else {
            output.append(number);
        }
    }

    /** Times are numbers, not text. */
    private boolean appendTime(Object value) {
        if (value instanceof Instant) {
            appendSeconds(((Instant) value).getEpochSecond(), ((Instant) value).getNano());
        } else if (value instanceof OffsetDateTime) {
            appendSeconds(((OffsetDateTime) value).toEpochSecond(), ((OffsetDateTime) value).getNano());
        } else if (value instanceof ZonedDateTime) {
            appendSeconds(((ZonedDateTime) value).toEpochSecond(), ((ZonedDateTime) value).getNano());
        } else if (value instanceof Duration) {
            appendSeconds(((Duration) value).getSeconds(), ((Duration) value).getNano());
        } else if (value instanceof LocalDate) {
            appendDate((LocalDate) value);
            output.append(']');
        } else if (value instanceof LocalTime) {
            output.append('[');
            appendTimeOfDay((LocalTime) value);
        } else if (value instanceof LocalDateTime) {
            appendDate(((LocalDateTime) value).toLocalDate());
            output.append(',');
            appendTimeOfDay(((LocalDateTime) value).toLocalTime());
        } else {
            return false;
        }
        return true;
    }

    private void appendSeconds(long seconds, int nanos) {
        output.append(BigDecimal.valueOf(seconds).add(BigDecimal.valueOf(nanos, 9)).setScale(9).toPlainString());
    }

    private void appendDate(LocalDate date) {
        output.append('[').append(date.getYear()).append(',').append(date.getMonthValue());
        output.append(',').append(date.getDayOfMonth());
    }

    private void appendTimeOfDay(LocalTime time) {
        output.append(time.getHour()).append(',').append(time.getMinute());
        if (time.getSecond() > 0 || time.getNano() > 0) {
            output.append(',').append(time.getSecond());
            if (time.getNano() > 0) {
                output.append(',').append(time.getNano());
            }
        }
        output.append(']');
    }

    private void appendString(String text) {
        output.append('"');
        int plainStart = 0;
        for (int index = 0; index < text.length(); index++) {
            char character = text.charAt(index);
            if (character >= ' ' && character != '"' && character != '\\') {
                continue;
            }
            output.append(text, plainStart, index);
            plainStart = index + 1;
            int short1 = "\b\t\n\f\r\"\\".indexOf(character);
            if (short1 >= 0) {
                output.append('\\').append("btnfr\"\\".charAt(short1));
            } else {
                output.append("\\u00").append(HEX.charAt(character >> 4)).append(HEX.charAt(character & 15));
            }
        }
        output.append(text, plainStart, text.length()).append('"');
    }
}
