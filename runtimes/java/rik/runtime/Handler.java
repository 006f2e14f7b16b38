package rik.runtime;

import java.io.OutputStream;

/** A function, whatever its form: bytes in, bytes out. What it throws is the function's error or a RuntimeFault. */
interface Handler {
    void handle(byte[] event, InvocationContext context, OutputStream response) throws Throwable;

    /** Of a response that is streamed; null for one that is collected. */
    String streamedContentType();
}
