/** Java: events to values and values to responses. */
import { containing } from '../../accept.ts';
import { handles, IMPORTS, JAVA } from './java-handlers.ts';
import { managedCases } from './managed-row.ts';
import type { ManagedRow } from './managed-row.ts';

const PARSING = { kind: 'error', errorType: 'java.lang.RuntimeException', errorMessage: 'An error occurred during JSON parsing' };
const WRITING = { kind: 'error', errorMessage: 'An error occurred during JSON serialization of response' };
const NAME_AND_AGE = 'public static class P { private String firstName; private int age = 5; public String getFirstName() { return firstName; } public void setFirstName(String v) { firstName = v; } public int getAge() { return age; } public void setAge(int v) { age = v; } }';
const SHOWS = 'return event == null ? "null" : event.getFirstName() + "/" + event.getAge();';
const FIELDS = 'public enum E { A, B } public static class F { public E e; public int i = 7; public Instant t; }';

const OUTPUT = `
  public enum E { A }
  public static class O {
    public String getFirstName() { return "a"; }
    public int getAge() { return 7; }
    public Optional<String> getO() { return Optional.of("o"); }
    public final String pub = "p";
    public transient String hidden = "h";
    public boolean isActive() { return true; }
    public String getURL() { return "u"; }
    public Instant getT() { return Instant.ofEpochMilli(1500); }
    public LocalDate getD() { return LocalDate.of(2020, 1, 2); }
    public Date getUd() { return new Date(5); }
    public byte[] getB() { return new byte[] {1, 2}; }
    public double getNan() { return Double.NaN; }
    public E getE() { return E.A; }
    public BigDecimal getBd() { return new BigDecimal("1.10"); }
    public char getCh() { return 'c'; }
    public long getL() { return Long.MAX_VALUE; }
    public UUID getUu() { return new UUID(0, 1); }
    public String getNothing() { return null; }
  }`;

/** Members in any order: the names and their text. */
const OUTPUT_MEMBERS = [
  ...['"firstName":"a"', '"age":7', '"o":"o"', '"pub":"p"', '"active":true', '"URL":"u"', '"t":1.500000000', '"d":[2020,1,2]', '"ud":5', '"b":"AQI="'],
  ...['"nan":"NaN"', '"e":"A"', '"bd":1.10', '"ch":"c"', '"l":9223372036854775807', '"uu":"00000000-0000-0000-0000-000000000001"'],
];
/** Every member is there, and nothing else of its length. */
const OUTPUT_PATTERN = new RegExp(`^${OUTPUT_MEMBERS.map((member) => `(?=.*[{,]${member.replace(/[.[\]{}]/g, '\\$&')}[,}])`).join('')}.{${OUTPUT_MEMBERS.join(',').length + 2}}$`);

const ROWS: readonly ManagedRow[] = [
  { ref: 'JAVA-027', id: 'java-event-malformed', title: 'An event that is no JSON fails its invocation, with an empty stack', files: handles('Object', 'return 1;'), events: ['{bad', '{}'], accepts: [{ ...PARSING, stack: [], kinds: ['error', 'response'] }] },
  { ref: 'JAVA-028', id: 'java-event-empty', title: 'An empty event is no JSON', files: handles('Map<String, Object>', 'return 1;'), events: [''], accepts: [{ ...PARSING }] },
  { ref: 'JAVA-029', id: 'java-event-null', title: 'The event null is null', files: handles('Map<String, Object>', 'return event;'), events: ['null'], accepts: [{ body: 'null' }] },
  { ref: 'JAVA-030', id: 'java-bean-lenient', title: 'Texts become numbers, and unknown members are left out', files: handles('H.P', SHOWS, NAME_AND_AGE), events: ['{"firstName":"a","age":"7","zzz":1}'], accepts: [{ body: '"a/7"' }] },
  { ref: 'JAVA-031', id: 'java-bean-from-list', title: 'A list of one is unwrapped', files: handles('H.P', SHOWS, NAME_AND_AGE), events: ['[{"firstName":"arr"}]'], accepts: [{ body: '"arr/5"' }] },
  { ref: 'JAVA-032', id: 'java-bean-loose-quotes', title: 'Single quotes and bare names are accepted', files: handles('H.P', SHOWS, NAME_AND_AGE), events: ["{'firstName':'sq',age:3}"], accepts: [{ body: '"sq/3"' }] },
  { ref: 'JAVA-033', id: 'java-bean-from-empty-text', title: 'An empty text is null', files: handles('H.P', SHOWS, NAME_AND_AGE), events: ['""'], accepts: [{ body: '"null"' }] },
  { ref: 'JAVA-034', id: 'java-bean-case-and-fraction', title: 'Names count by case, and fractions are cut', files: handles('H.P', SHOWS, NAME_AND_AGE), events: ['{"FirstName":"x","age":1.9}'], accepts: [{ body: '"null/1"' }] },
  { ref: 'JAVA-035', id: 'java-bean-written', title: 'Each type of a bean’s members has its form', files: handles('Object', 'return new O();', OUTPUT), accepts: [{ kind: 'response', body: OUTPUT_PATTERN }] },
  { ref: 'JAVA-036', id: 'java-record', title: 'A record goes there and back', files: handles('H.R', 'return event;', 'public record R(String a, int b) {}'), events: ['{"a":"x","b":2}'], accepts: [{ body: '{"a":"x","b":2}' }] },
  { ref: 'JAVA-037', id: 'java-list-of-beans', title: 'An object is accepted as a list of one, with the type of its elements', files: handles('List<H.P>', 'return event.size() + event.get(0).getFirstName();', NAME_AND_AGE), events: ['{"firstName":"one"}'], accepts: [{ body: '"1one"' }] },
  { ref: 'JAVA-038', id: 'java-text-input', title: 'Scalars and lists of one become text', files: handles('String', 'return event;'), events: ['5', 'true', '[1]', '["a"]'], accepts: [{ bodies: ['"5"', '"true"', '"1"', '"a"'] }] },
  { ref: 'JAVA-039', id: 'java-text-from-object', title: 'An object is no text', files: handles('String', 'return event;'), events: ['{"a":1}'], accepts: [PARSING] },
  { ref: 'JAVA-040', id: 'java-integer-input', title: 'Texts and fractions become integers, objects do not', files: handles('Integer', 'return event;'), events: ['5', '"6"', '1.7', '{}'], accepts: [{ kinds: ['response', 'response', 'response', 'error'], bodies: ['5', '6', '1', containing('JSON parsing')] }] },
  { ref: 'JAVA-041', id: 'java-object-input', title: 'An Object gets the usual class of each value', files: handles('Object', 'return event == null ? "null" : event.getClass().getSimpleName();'), events: ['{}', '[1]', '1', '1.5', '"s"', 'null'], accepts: [{ bodies: ['"LinkedHashMap"', '"ArrayList"', '"Integer"', '"Double"', '"String"', '"null"'] }] },
  { ref: 'JAVA-042', id: 'java-getter-throws', title: 'A getter that throws fails the response', files: handles('Object', 'return new G();', 'public static class G { public String getX() { throw new IllegalStateException("x"); } }'), accepts: [WRITING] },
  { ref: 'JAVA-043', id: 'java-empty-bean', title: 'An empty bean is an empty object', files: handles('Object', 'return new G();', 'public static class G {}'), accepts: [{ body: '{}' }] },
  { ref: 'JAVA-044', id: 'java-circle', title: 'A circle fails the response, and the loop goes on', files: handles('Object', 'Map<String, Object> m = new HashMap<>(); m.put("m", m); return m;'), goesOn: true, accepts: [{ ...WRITING, after: 'next' }] },
  { ref: 'JAVA-062', id: 'java-two-serializers', title: 'Two serializers of the function fail each invocation', needs: ['java-serializers'], files: { ...handles('Object', 'return 1;'), ...serializer('S1'), ...serializer('S2'), 'META-INF/services/com.amazonaws.services.lambda.runtime.CustomPojoSerializer': 'S1\nS2\n' }, accepts: [{ kind: 'error', header: 'Runtime.BadFunctionCode', errorType: 'com.amazonaws.services.lambda.runtime.api.client.TooManyServiceProvidersFoundException', errorMessage: 'Too many serializers provided inside the META-INF/services folder, only one is allowed' }] },
  { ref: 'JAVA-064', id: 'java-one-serializer', title: 'One serializer of the function is used, its bytes as they are', needs: ['java-serializers'], files: { ...handles('Map<String, Object>', 'return event;'), ...serializer('S1'), 'META-INF/services/com.amazonaws.services.lambda.runtime.CustomPojoSerializer': 'S1\n' }, accepts: [{ kind: 'response', body: 'written by S1' }] },
  { ref: 'JAVA-069', id: 'java-event-lenient', title: 'Text after the value, repeated names, leading zeros and NaN are accepted', files: handles('Map<String, Object>', 'return event.get("a");'), events: ['{"a":1}garbage', '{"a":1,"a":2}', '{"a":007}', '{"a":NaN}'], accepts: [{ bodies: ['1', '2', '7', '"NaN"'] }] },
  { ref: 'JAVA-070', id: 'java-event-refused', title: 'A trailing comma and a comment are refused', files: handles('Map<String, Object>', 'return event;'), events: ['{"a":1,}', '{"a":1/*c*/}'], accepts: [{ kinds: ['error', 'error'], bodies: [containing('JSON parsing'), containing('JSON parsing')] }] },
  { ref: 'JAVA-071', id: 'java-fields-odd-values', title: 'Unknown names of an enum, its numbers, and numbers that do not fit', files: handles('H.F', 'return event.e + "/" + event.i;', FIELDS), events: ['{"e":"ZZ"}', '{"e":1}', '{"i":null}', '{"i":true}', '{"i":99999999999}'], accepts: [{ kinds: ['response', 'response', 'response', 'error', 'error'], bodies: ['"null/7"', '"B/7"', '"null/0"', containing('JSON parsing'), containing('JSON parsing')] }] },
  { ref: 'JAVA-072', id: 'java-instant', title: 'An Instant is read from text and number, and written with nine decimals', files: handles('H.F', 'return event.t;', FIELDS), events: ['{"t":"1970-01-01T00:00:01.500Z"}', '{"t":1.5}'], accepts: [{ bodies: ['1.500000000', '1.500000000'] }] },
  { ref: 'JAVA-073', id: 'java-map-null-value', title: 'A null of a typed map is dropped', files: handles('Map<String, Integer>', 'return event;'), events: ['{"a":null,"b":2}'], accepts: [{ body: '{"b":2}' }] },
  { ref: 'JAVA-074', id: 'java-android-numbers', title: 'For a client on Android untyped numbers are fractions', level: 'optional', files: handles('Map<String, Object>', 'return event;'), events: ['{"a":1}'], headers: { 'Lambda-Runtime-Client-Context': '{"env":{"platform":"Android"}}' }, accepts: [{ body: '{"a":1.0}' }] },
];

function serializer(name: string): Record<string, string> {
  return {
    [`${name}.java`]: `${IMPORTS}import java.lang.reflect.Type;\npublic class ${name} implements CustomPojoSerializer {
  public <T> T fromJson(InputStream input, Type type) { return null; }
  public <T> T fromJson(String input, Type type) { return null; }
  public <T> void toJson(T value, OutputStream output, Type type) { try { output.write("written by ${name}".getBytes()); } catch (IOException e) { throw new UncheckedIOException(e); } }
}\n`,
  };
}

export const JAVA_VALUE_CASES = managedCases(JAVA, ROWS);
