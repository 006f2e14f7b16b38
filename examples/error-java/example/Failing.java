package example;

import java.util.Map;

/** Handler `example.Failing::handle`: throws, and the caller gets type, message and stack. */
public class Failing {
    public String handle(Map<String, Object> event) {
        throw new IllegalStateException("this function always fails");
    }
}
