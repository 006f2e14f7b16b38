package rik.runtime;

import java.io.ByteArrayOutputStream;

/** A function, whatever its form: bytes in, bytes out. What it throws is the function's error or a RuntimeFault. */
interface Handler {
    void handle(byte[] event, InvocationContext context, ByteArrayOutputStream response) throws Throwable;
}
