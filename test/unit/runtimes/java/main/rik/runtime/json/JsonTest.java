package rik.runtime.json;

import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;

/** Tests of the JSON codec, run by java-main.test.ts. Prints one line per failure and the count; the status says the rest. */
public final class JsonTest {
    private static int checks;
    private static int failures;

    public enum Letter {
        A,
        B
    }

    public static class Person {
        private String firstName = "default";
        private int age = 1;
        public Letter letter;
        public Instant at;
        public Date date;
        public BigDecimal exact;
        public Optional<String> maybe = Optional.empty();

        public String getFirstName() {
            return firstName;
        }

        public void setFirstName(String firstName) {
            this.firstName = firstName;
        }

        public int getAge() {
            return age;
        }

        public void setAge(int age) {
            this.age = age;
        }
    }

    public static class Everything {
        private final String firstName = "a";
        private final int age = 7;
        public Optional<String> o = Optional.of("x");
        public String pub = "p";
        public transient String hidden = "h";
        private final String secret = "s";
        public String nothing = null;
        private boolean active = true;
        private final String url = "u";
        public Instant t = Instant.ofEpochMilli(1_500);
        public LocalDate d = LocalDate.of(2020, 1, 2);
        public Date ud = new Date(5);
        public byte[] b = {1, 2};
        public double nan = Double.NaN;
        public Letter e = Letter.A;
        public BigDecimal bd = new BigDecimal("1.10");
        public char ch = 'c';
        public long l = Long.MAX_VALUE;
        public UUID uu = new UUID(0, 1);

        public String getFirstName() {
            return firstName;
        }

        public int getAge() {
            return age;
        }

        public boolean isActive() {
            return active;
        }

        public String getURL() {
            return url;
        }
    }

    public record Pair(int a, List<String> b) {}

    public static class Numbers {
        public List<Person> people;
        public Map<String, Integer> counts;
        public int[] array;
        public Integer boxed = 3;
        public int plain = 3;
    }

    private static Object read(String json, Type type) {
        return JsonMapper.read(json.getBytes(StandardCharsets.UTF_8), type);
    }

    private static void same(Object actual, Object expected, String what) {
        checks++;
        boolean isSame = expected == null ? actual == null : expected.equals(actual);
        if (!isSame) {
            failures++;
            System.out.println("FAILED " + what + ": expected " + expected + ", got " + actual);
        }
    }

    private static void refused(String json, Type type) {
        checks++;
        try {
            Object value = read(json, type);
            failures++;
            System.out.println("FAILED " + json + " became " + value + " instead of being refused");
        } catch (JsonException expected) {
            // As it should be.
        }
    }

    public static void main(String[] arguments) throws Exception {
        personFromJson();
        scalarsFromJson();
        lenientText();
        everythingToJson();
        recordsAndCollections();
        unwritable();
        noise();
        System.out.println(checks + " checks, " + failures + " failures");
        System.exit(failures == 0 ? 0 : 1);
    }

    private static void personFromJson() {
        Person person = (Person) read("{\"firstName\":\"a\",\"age\":\"7\",\"zzz\":1}", Person.class);
        same(person.getFirstName(), "a", "name");
        same(person.getAge(), 7, "age from a numeric string");
        same(((Person) read("[{\"firstName\":\"arr\"}]", Person.class)).getFirstName(), "arr", "an array of one");
        same(((Person) read("{'firstName':'sq',age:3}", Person.class)).getAge(), 3, "single quotes and bare names");
        same(read("\"\"", Person.class), null, "an empty string");
        same(read("[]", Person.class), null, "an empty array");
        Person other = (Person) read("{\"FirstName\":\"x\",\"age\":1.9}", Person.class);
        same(other.getFirstName(), "default", "names are case-sensitive");
        same(other.getAge(), 1, "a fraction is dropped");
        same(((Person) read("{\"firstName\":null,\"age\":null}", Person.class)).getFirstName(), null, "null over a default");
        same(((Person) read("{\"age\":null}", Person.class)).getAge(), 0, "null for a primitive");
        same(((Person) read("{\"letter\":\"ZZ\"}", Person.class)).letter, null, "an unknown enum name");
        same(((Person) read("{\"letter\":1}", Person.class)).letter, Letter.B, "an enum by place");
        same(((Person) read("{\"at\":\"1970-01-01T00:00:01.5Z\"}", Person.class)).at, Instant.ofEpochMilli(1_500), "ISO time");
        same(((Person) read("{\"at\":1.5}", Person.class)).at, Instant.ofEpochMilli(1_500), "seconds");
        same(((Person) read("{\"date\":5}", Person.class)).date, new Date(5), "milliseconds");
        same(((Person) read("{\"exact\":1.10}", Person.class)).exact.toString(), "1.10", "exact decimals");
        same(((Person) read("{\"maybe\":\"x\"}", Person.class)).maybe.get(), "x", "an optional");
        refused("\"text\"", Person.class);
        refused("[{},{}]", Person.class);
        refused("{\"age\":true}", Person.class);
        refused("{\"age\":99999999999}", Person.class);
        refused("{\"age\":1e400}", Person.class);
    }

    private static void scalarsFromJson() {
        same(read("5", String.class), "5", "text of a number");
        same(read("true", String.class), "true", "text of a boolean");
        same(read("[1]", String.class), "1", "text of an array of one");
        refused("{\"a\":1}", String.class);
        same(read("5", Integer.class), 5, "integer");
        same(read("\"6\"", Integer.class), 6, "integer from text");
        same(read("1.7", Integer.class), 1, "integer from a fraction");
        refused("{}", Integer.class);
        same(read("{}", Object.class).getClass().getSimpleName(), "LinkedHashMap", "untyped object");
        same(read("[1]", Object.class), Collections.singletonList(1), "untyped array");
        same(read("1", Object.class), 1, "untyped integer");
        same(read("3000000000", Object.class), 3_000_000_000L, "untyped long");
        same(read("1.5", Object.class), 1.5, "untyped double");
        same(read("\"s\"", Object.class), "s", "untyped text");
        same(read("null", Object.class), null, "untyped null");
        same(read("\"\\u00e9\\ud83d\\ude00\\x\"", String.class), "\u00e9\ud83d\ude00x", "escapes");
    }

    private static void lenientText() {
        same(JsonWriter.writeText(read("{\"a\":1}garbage", Object.class)), "{\"a\":1}", "text after the value");
        same(JsonWriter.writeText(read("{\"a\":1,\"a\":2}", Object.class)), "{\"a\":2}", "the last of two members");
        same(JsonWriter.writeText(read("{\"a\":007}", Object.class)), "{\"a\":7}", "leading zeros");
        same(JsonWriter.writeText(read("{\"a\":NaN,\"b\":-Infinity}", Object.class)), "{\"a\":\"NaN\",\"b\":\"-Infinity\"}", "NaN");
        same(read("\"a\tb\nc\"", String.class), "a\tb\nc", "raw control characters");
        StringBuilder deep = new StringBuilder();
        for (int depth = 0; depth < 100_000; depth++) {
            deep.append('[');
        }
        String[] bad = {"", " ", "{", "{\"a\":1,}", "[1,]", "{\"a\":1/*c*/}", "{bad", "[1 2]", "-", "1.", "1e", "tru", "\"x", "\"\\u12", "nul", deep.toString()};
        for (String json : bad) {
            refused(json, Object.class);
        }
    }

    private static void everythingToJson() {
        same(
                JsonWriter.writeText(new Everything()),
                "{\"firstName\":\"a\",\"age\":7,\"o\":\"x\",\"pub\":\"p\",\"active\":true,\"t\":1.500000000,\"d\":[2020,1,2],"
                        + "\"ud\":5,\"b\":\"AQI=\",\"nan\":\"NaN\",\"e\":\"A\",\"bd\":1.10,\"ch\":\"c\","
                        + "\"l\":9223372036854775807,\"uu\":\"00000000-0000-0000-0000-000000000001\",\"URL\":\"u\"}",
                "a bean");
        same(JsonWriter.writeText(new Object()), "{}", "an empty bean");
        same(JsonWriter.writeText("a\"\\\b\f\n\r\t\u0001\u00e9\ud83d\ude00"), "\"a\\\"\\\\\\b\\f\\n\\r\\t\\u0001\u00e9\ud83d\ude00\"", "escapes");
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("n", null);
        map.put("l", Arrays.asList(1, null));
        same(JsonWriter.writeText(map), "{\"l\":[1,null]}", "null members are dropped, null elements are not");
    }

    private static void recordsAndCollections() throws Exception {
        same(JsonWriter.writeText(read("{\"b\":[\"x\"],\"a\":2}", Pair.class)), "{\"a\":2,\"b\":[\"x\"]}", "a record");
        Numbers numbers = (Numbers) read("{\"people\":{\"age\":4},\"counts\":{\"x\":\"5\",\"y\":null},\"array\":[1,2],\"boxed\":null}", Numbers.class);
        same(numbers.people.get(0).getAge(), 4, "one value for a list");
        same(JsonWriter.writeText(numbers.counts), "{\"x\":5}", "a map with a null value");
        same(numbers.array[1], 2, "an array");
        same(numbers.boxed, null, "null over a boxed default");
        Type people = Numbers.class.getField("people").getGenericType();
        same(((Person) ((List<?>) read("{\"age\":9}", people)).get(0)).getAge(), 9, "one object for a list of beans");
        same(read("[1,2]", ArrayList.class), Arrays.asList(1, 2), "a raw list");
    }

    private static void unwritable() {
        List<Object> cycle = new ArrayList<>();
        cycle.add(cycle);
        checks++;
        try {
            JsonWriter.writeText(cycle);
            failures++;
            System.out.println("FAILED a cycle was written");
        } catch (JsonException expected) {
            // As it should be.
        }
    }

    /** Any text is read or refused, and what was read is written and read back the same. */
    private static void noise() {
        Random random = new Random(7);
        String[] pieces = {"{", "}", "[", "]", ",", ":", "\"a\"", "'b'", "c", "1", "-2.5e3", "NaN", "null", "true", " ", "\\", "\"", "\u00e9"};
        for (int round = 0; round < 20_000; round++) {
            StringBuilder text = new StringBuilder();
            for (int count = random.nextInt(10); count >= 0; count--) {
                text.append(pieces[random.nextInt(pieces.length)]);
            }
            Object value;
            try {
                value = read(text.toString(), Object.class);
            } catch (JsonException refused) {
                continue;
            }
            String written = JsonWriter.writeText(value);
            same(JsonWriter.writeText(read(written, Object.class)), written, "round trip of " + text);
        }
    }
}
