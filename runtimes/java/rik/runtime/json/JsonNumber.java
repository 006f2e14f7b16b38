package rik.runtime.json;

import java.math.BigDecimal;
import java.math.BigInteger;

/** A number as it was written, so that a BigDecimal keeps its digits. */
final class JsonNumber {
    /** Same limit as in the vendor's JSON library. */
    private static final long EXPONENT_MAX = 100_000;

    final String text;

    JsonNumber(String text) {
        this.text = text;
    }

    boolean isInteger() {
        return text.indexOf('.') < 0 && text.indexOf('e') < 0 && text.indexOf('E') < 0 && !isNotFinite();
    }

    boolean isNotFinite() {
        return text.endsWith("N") || text.endsWith("y");
    }

    double toDouble() {
        return Double.parseDouble(text);
    }

    BigDecimal toBigDecimal() {
        if (isNotFinite()) {
            throw new JsonException(text + " is not a decimal number");
        }
        if (text.length() > 1_000) {
            throw new JsonException("a number is longer than 1000 characters");
        }
        return new BigDecimal(text);
    }

    /** The fraction is dropped. The exponent is limited, because 1e999999999 would not fit into any memory. */
    BigInteger toBigInteger() {
        BigDecimal value = toBigDecimal();
        if (Math.abs((long) value.scale()) > EXPONENT_MAX) {
            throw new JsonException(text + " has too large an exponent");
        }
        return value.toBigInteger();
    }

    /** The fraction is dropped; a value outside of the range fails. */
    long toLong(long min, long max) {
        if (isNotFinite()) {
            throw new JsonException(text + " is not an integer");
        }
        BigInteger value = toBigInteger();
        if (value.compareTo(BigInteger.valueOf(min)) < 0 || value.compareTo(BigInteger.valueOf(max)) > 0) {
            throw new JsonException(text + " is out of range");
        }
        return value.longValue();
    }

    /** What an untyped receiver gets: Integer, Long, BigInteger or Double. */
    Object toNatural() {
        if (!isInteger()) {
            return toDouble();
        }
        if (text.length() < 10) {
            return Integer.parseInt(text);
        }
        BigInteger value = toBigInteger();
        if (value.bitLength() < 32) {
            return value.intValue();
        }
        return value.bitLength() < 64 ? (Object) value.longValue() : value;
    }
}
