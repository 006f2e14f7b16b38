package rik.runtime;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import rik.runtime.json.JsonWriter;

/** The logger behind `context.getLogger()`, as text or JSON; one for each thread that serves invocations. Source: managed-runtimes 4.6. */
final class LambdaLog {
    private static final List<String> FORMATS = Arrays.asList("JSON", "TEXT");
    /** Least urgent first. */
    private static final List<String> LEVELS = Arrays.asList("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL");

    private final LogSink sink;
    private final boolean isJson;
    private final int threshold;
    private volatile String requestId;
    private volatile String tenantId;

    /** A bad format or level ends the start, as on the vendor's runtime. */
    LambdaLog(Map<String, String> environment, LogSink sink) {
        this.sink = sink;
        String format = parse("log format", environment.get("AWS_LAMBDA_LOG_FORMAT"), FORMATS, "TEXT");
        String level = parse("log level", environment.get("AWS_LAMBDA_LOG_LEVEL"), LEVELS, "TRACE");
        this.isJson = format.equals("JSON");
        this.threshold = LEVELS.indexOf(level);
    }

    private static String parse(String what, String value, List<String> allowed, String otherwise) {
        if (value == null || value.isEmpty()) {
            return otherwise;
        }
        String upper = value.toUpperCase(java.util.Locale.ROOT);
        if (!allowed.contains(upper)) {
            throw new IllegalArgumentException("Invalid " + what + ": '" + value + "' expected one of " + allowed);
        }
        return upper;
    }

    void setInvocation(String requestId, String tenantId) {
        this.requestId = requestId;
        this.tenantId = tenantId;
    }

    /** `level` null: never filtered. */
    void log(String message, String level) {
        if (level != null && LEVELS.contains(level) && LEVELS.indexOf(level) < threshold) {
            return;
        }
        String text = String.valueOf(message);
        if (isJson) {
            text = toJson(text, level == null ? "UNDEFINED" : level);
        } else if (level != null && LEVELS.contains(level)) {
            text = "[" + level + "] " + text;
        }
        sink.write(text.getBytes(StandardCharsets.UTF_8), level, LEVELS, isJson);
    }

    /** The record of an error that ended an invocation or the initialisation; as text its frame says no level. */
    void logError(String text) {
        byte[] record = (isJson ? toJson(text, "ERROR") : text).getBytes(StandardCharsets.UTF_8);
        sink.write(record, isJson ? "ERROR" : null, LEVELS, isJson);
    }

    /** Bytes are never formatted. */
    void log(byte[] message) {
        sink.write(message, null, LEVELS, false);
    }

    private String toJson(String message, String level) {
        Map<String, Object> entry = new LinkedHashMap<String, Object>();
        String pattern = "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'";
        entry.put("timestamp", DateTimeFormatter.ofPattern(pattern).withZone(ZoneOffset.UTC).format(Instant.now()));
        entry.put("message", message);
        entry.put("level", level);
        entry.put("AWSRequestId", requestId);
        entry.put("tenantId", tenantId);
        return JsonWriter.writeText(entry) + "\n";
    }
}
