package rik.runtime;

import java.io.File;
import java.io.FilenameFilter;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import rik.runtime.json.JsonWriter;

/** Entry point of the managed Java runtime. Source: managed-runtimes 4.1. */
public final class Bootstrap {
    private Bootstrap() {}

    /** The handler is the argument, or else `_HANDLER`. Ends the process: a function may have left threads behind. */
    public static void main(String[] arguments) {
        try {
            System.exit(run(arguments, System.getenv()));
        } catch (Throwable thrown) {
            thrown.printStackTrace();
            System.exit(1);
        }
    }

    private static int run(String[] arguments, Map<String, String> environment) throws Exception {
        LogSink sink = new LogSink(environment);
        LambdaLog log = new LambdaLog(environment, sink);
        String fromEnvironment = environment.get("_HANDLER");
        String handlerText = arguments.length > 0 ? arguments[0] : fromEnvironment == null ? "" : fromEnvironment;
        String address = environment.get("AWS_LAMBDA_RUNTIME_API");
        if (address == null) {
            throw new IllegalStateException("AWS_LAMBDA_RUNTIME_API is not set");
        }
        String userAgent = "rik-java/" + System.getProperty("java.version");
        RuntimeClient client = new RuntimeClient(address, userAgent);

        ClassLoader loader = functionLoader(environment);
        Thread.currentThread().setContextClassLoader(loader);
        Handler handler;
        try {
            handler = HandlerLoader.load(handlerText, loader);
        } catch (HandlerLoader.InitFailure failure) {
            log.logError(Errors.toLogText(failure.getCause()));
            Map<String, Object> body = new LinkedHashMap<String, Object>();
            body.put("errorMessage", failure.wireMessage);
            body.put("errorType", failure.wireType);
            client.postInitError(Errors.BAD_FUNCTION_CODE, JsonWriter.write(body));
            return 1;
        }
        if (RestoreHooks.areAskedFor(environment)) {
            int status = RestoreHooks.run(client, log);
            if (status != 0) {
                return status;
            }
        }
        if (ConcurrentLoops.areAskedFor(environment)) {
            ConcurrentLoops.run(new ConcurrentLoops.Start(address, userAgent, handler, environment, sink));
        } else {
            new InvokeLoop(client, handler, environment, log).run();
        }
        // Only a fault that left the virtual machine in doubt leads here; the vendor's runtime calls that a success.
        return "1".equals(environment.get("RIK_STRICT_COMPAT")) ? 0 : 1;
    }

    /** Task root, its jars, the layers' jars; the parent holds this runtime and what the image puts beside it. */
    private static ClassLoader functionLoader(Map<String, String> environment) throws MalformedURLException {
        String configured = environment.get("LAMBDA_TASK_ROOT");
        File taskRoot = new File(configured == null ? System.getProperty("user.dir") : configured);
        List<URL> urls = new ArrayList<URL>();
        urls.add(taskRoot.toURI().toURL());
        addJars(new File(taskRoot, "lib"), urls);
        addJars(new File("/opt/java/lib"), urls);
        return new URLClassLoader(urls.toArray(new URL[0]), ClassLoader.getSystemClassLoader());
    }

    private static void addJars(File folder, List<URL> urls) throws MalformedURLException {
        File[] jars =
                folder.listFiles(
                        new FilenameFilter() {
                            @Override
                            public boolean accept(File parent, String name) {
                                return name.endsWith(".jar");
                            }
                        });
        if (jars == null) {
            return;
        }
        Arrays.sort(jars);
        for (File jar : jars) {
            urls.add(jar.toURI().toURL());
        }
    }
}
