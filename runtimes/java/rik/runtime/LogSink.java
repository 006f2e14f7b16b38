package rik.runtime;

import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.Constructor;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

/**
 * Where log records go: to the platform's framed descriptor where it gave one, else to stdout. Source: managed-runtimes 1.4.
 *
 * <p>A frame is a head of 16 bytes, big-endian (type with format and level, length, microseconds since 1970), and the message. What the
 * function prints never comes here.
 */
final class LogSink {
    private static final String DESCRIPTOR_VARIABLE = "_LAMBDA_TELEMETRY_LOG_FD";
    private static final int FRAME_TYPE = 0xA55A0000;
    private static final int TEXT_BITS = 0x03;
    private static final int JSON_BITS = 0x02;
    /** The level is in bits 2 to 4, from 1 for the least urgent. */
    private static final int LEVEL_STEP = 4;
    private static final int HEAD_BYTES = 16;

    private final OutputStream output;
    private final boolean isFramed;

    LogSink(Map<String, String> environment) {
        FileDescriptor framed = openDescriptor(environment.get(DESCRIPTOR_VARIABLE));
        this.isFramed = framed != null;
        this.output = new FileOutputStream(framed == null ? FileDescriptor.out : framed);
    }

    /** `level` null: the record says nothing about it. One write, so that records of several threads do not mix. */
    synchronized void write(byte[] message, String level, List<String> levels, boolean isJson) {
        try {
            if (!isFramed) {
                output.write(message);
                return;
            }
            int levelBits = (levels.indexOf(level) + 1) * LEVEL_STEP;
            ByteBuffer frame = ByteBuffer.allocate(HEAD_BYTES + message.length);
            frame.putInt(FRAME_TYPE | levelBits | (isJson ? JSON_BITS : TEXT_BITS));
            frame.putInt(message.length).putLong(System.currentTimeMillis() * 1_000).put(message);
            output.write(frame.array());
        } catch (IOException ignored) {
            // A log that cannot be written must not end the function.
        }
    }

    /** Java has no public way from a number to a descriptor; the start script opens `java.io` for this when the variable is set. */
    private static FileDescriptor openDescriptor(String number) {
        boolean isOpen = number != null && number.matches("[0-9]{1,6}") && new File("/proc/self/fd", number).exists();
        if (!isOpen) {
            return null;
        }
        try {
            Constructor<FileDescriptor> constructor = FileDescriptor.class.getDeclaredConstructor(int.class);
            constructor.setAccessible(true);
            return constructor.newInstance(Integer.parseInt(number));
        } catch (ReflectiveOperationException closed) {
            return null;
        } catch (RuntimeException closed) {
            return null;
        }
    }
}
