package example;

import java.util.LinkedHashMap;
import java.util.Map;

/** Handler `example.Hello::handle`: a plain method, so that nothing but the JDK is needed to compile it. */
public class Hello {
    public Map<String, Object> handle(Map<String, Object> event) {
        Object name = event.get("name");
        System.out.println("hello from " + System.getenv("AWS_LAMBDA_FUNCTION_NAME"));
        Map<String, Object> answer = new LinkedHashMap<String, Object>();
        answer.put("greeting", "Hello, " + (name == null ? "world" : name) + "!");
        answer.put("language", "Java " + System.getProperty("java.version"));
        return answer;
    }
}
