package rik.runtime.json;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Text to a tree of Map, List, String, JsonNumber, Boolean and null, as lenient as the vendor's reader: single quotes,
 * unquoted names, leading zeros, NaN, raw control characters, a backslash before any character, and text after the first
 * value are accepted; trailing commas and comments are not (managed-runtimes 4.4).
 */
final class JsonReader {
    private static final int DEPTH_MAX = 1_000;

    private final String text;
    private int position;

    private JsonReader(String text) {
        this.text = text;
    }

    static Object read(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        JsonReader reader = new JsonReader(text.startsWith("\uFEFF") ? text.substring(1) : text);
        return reader.readValue(0);
    }

    private Object readValue(int depth) {
        if (depth > DEPTH_MAX) {
            throw new JsonException("nested deeper than " + DEPTH_MAX);
        }
        char first = peekPastSpace();
        switch (first) {
            case '{':
                return readObject(depth);
            case '[':
                return readArray(depth);
            case '"':
            case '\'':
                return readString();
            case 't':
                return readWord("true", Boolean.TRUE);
            case 'f':
                return readWord("false", Boolean.FALSE);
            case 'n':
                return readWord("null", null);
            case 'N':
                return readWord("NaN", new JsonNumber("NaN"));
            case 'I':
                return readWord("Infinity", new JsonNumber("Infinity"));
            default:
                return readNumber();
        }
    }

    private Map<String, Object> readObject(int depth) {
        Map<String, Object> members = new LinkedHashMap<String, Object>();
        position++;
        if (peekPastSpace() == '}') {
            position++;
            return members;
        }
        while (true) {
            char first = peekPastSpace();
            String name = first == '"' || first == '\'' ? readString() : readUnquotedName();
            expect(':');
            members.put(name, readValue(depth + 1));
            if (peekPastSpace() == '}') {
                position++;
                return members;
            }
            expect(',');
        }
    }

    private List<Object> readArray(int depth) {
        List<Object> elements = new ArrayList<Object>();
        position++;
        if (peekPastSpace() == ']') {
            position++;
            return elements;
        }
        while (true) {
            elements.add(readValue(depth + 1));
            if (peekPastSpace() == ']') {
                position++;
                return elements;
            }
            expect(',');
        }
    }

    private String readString() {
        char quote = text.charAt(position++);
        int plainStart = position;
        StringBuilder built = null;
        while (true) {
            char character = take();
            if (character == quote) {
                String tail = text.substring(plainStart, position - 1);
                return built == null ? tail : built.append(tail).toString();
            }
            if (character == '\\') {
                built = built == null ? new StringBuilder() : built;
                built.append(text, plainStart, position - 1);
                built.append(readEscape());
                plainStart = position;
            }
        }
    }

    private char readEscape() {
        char character = take();
        switch (character) {
            case 'b':
                return '\b';
            case 'f':
                return '\f';
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'u':
                int code = 0;
                for (int index = 0; index < 4; index++) {
                    char digit = take();
                    int value = digit < 128 ? Character.digit(digit, 16) : -1;
                    if (value < 0) {
                        throw unexpected("in a \\u escape");
                    }
                    code = code * 16 + value;
                }
                return (char) code;
            default:
                return character;
        }
    }

    private String readUnquotedName() {
        int nameStart = position;
        while (position < text.length() && Character.isJavaIdentifierPart(text.charAt(position))) {
            position++;
        }
        if (position == nameStart) {
            throw unexpected("where a name is expected");
        }
        return text.substring(nameStart, position);
    }

    private Object readNumber() {
        int numberStart = position;
        if (position < text.length() && text.charAt(position) == '-') {
            position++;
            if (position < text.length() && text.charAt(position) == 'I') {
                return readWord("Infinity", new JsonNumber("-Infinity"));
            }
        }
        int integerStart = position;
        int integerDigits = skipDigits();
        if (integerDigits == 0) {
            throw unexpected("where a value is expected");
        }
        int zeros = 0;
        while (zeros < integerDigits - 1 && text.charAt(integerStart + zeros) == '0') {
            zeros++;
        }
        int tailStart = integerStart + zeros;
        if (position < text.length() && text.charAt(position) == '.') {
            position++;
            if (skipDigits() == 0) {
                throw unexpected("after a decimal point");
            }
        }
        if (position < text.length() && (text.charAt(position) == 'e' || text.charAt(position) == 'E')) {
            position++;
            if (position < text.length() && (text.charAt(position) == '+' || text.charAt(position) == '-')) {
                position++;
            }
            if (skipDigits() == 0) {
                throw unexpected("in an exponent");
            }
        }
        if (position < text.length() && Character.isJavaIdentifierPart(text.charAt(position))) {
            throw unexpected("after a number");
        }
        return new JsonNumber(text.substring(numberStart, integerStart) + text.substring(tailStart, position));
    }

    private int skipDigits() {
        int digitsStart = position;
        while (position < text.length() && text.charAt(position) >= '0' && text.charAt(position) <= '9') {
            position++;
        }
        return position - digitsStart;
    }

    private Object readWord(String word, Object value) {
        int after = position + word.length();
        if (!text.startsWith(word, position) || (after < text.length() && Character.isJavaIdentifierPart(text.charAt(after)))) {
            throw unexpected("where a value is expected");
        }
        position = after;
        return value;
    }

    private void expect(char wanted) {
        if (peekPastSpace() != wanted) {
            throw unexpected("where '" + wanted + "' is expected");
        }
        position++;
    }

    private char peekPastSpace() {
        while (position < text.length() && " \t\r\n".indexOf(text.charAt(position)) >= 0) {
            position++;
        }
        if (position >= text.length()) {
            throw new JsonException("unexpected end of the JSON text");
        }
        return text.charAt(position);
    }

    private char take() {
        if (position >= text.length()) {
            throw new JsonException("unexpected end of the JSON text");
        }
        return text.charAt(position++);
    }

    private JsonException unexpected(String where) {
        String what = position < text.length() ? "'" + text.charAt(position) + "'" : "end";
        return new JsonException("unexpected " + what + " " + where + " (character " + position + ")");
    }
}
