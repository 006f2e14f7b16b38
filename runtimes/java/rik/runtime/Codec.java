package rik.runtime;

import java.io.OutputStream;
import java.lang.reflect.Type;

/** Between the bytes of the wire and the values of a function. */
interface Codec {
    Object read(byte[] event, Type type) throws Throwable;

    void write(Object result, Type type, OutputStream response) throws Throwable;
}
