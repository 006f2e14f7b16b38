package rik.runtime;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import rik.runtime.InvokeLoop.NextFailedException;

/** Several invocations at once (managed instances): a thread for each, with a connection of its own. Source: managed-runtimes 1.7. */
final class ConcurrentLoops {
    private static final String COUNT_VARIABLE = "AWS_LAMBDA_MAX_CONCURRENCY";

    /** What all loops share; the handler object serves them side by side. */
    static final class Start {
        final String address;
        final String userAgent;
        final Handler handler;
        final Map<String, String> environment;
        final LogSink sink;

        Start(String address, String userAgent, Handler handler, Map<String, String> environment, LogSink sink) {
            this.address = address;
            this.userAgent = userAgent;
            this.handler = handler;
            this.environment = environment;
            this.sink = sink;
        }
    }

    private ConcurrentLoops() {}

    static boolean areAskedFor(Map<String, String> environment) {
        return environment.get(COUNT_VARIABLE) != null;
    }

    /** Returns when the last loop has ended, which a fault of the virtual machine or a platform that is gone brings about. */
    static void run(Start start) throws InterruptedException {
        int count = count(start.environment.get(COUNT_VARIABLE));
        new LambdaLog(start.environment, start.sink).log("Starting " + count + " concurrent function handler threads.", null);
        List<Thread> threads = new ArrayList<Thread>();
        for (int index = 0; index < count; index++) {
            Thread thread = new Thread(loop(start), "lambda-handler-" + index);
            thread.setContextClassLoader(Thread.currentThread().getContextClassLoader());
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private static Runnable loop(final Start start) {
        return new Runnable() {
            @Override
            public void run() {
                LambdaLog log = new LambdaLog(start.environment, start.sink);
                while (true) {
                    RuntimeClient client = new RuntimeClient(start.address, start.userAgent);
                    try {
                        new InvokeLoop(client, start.handler, start.environment, log).runBesideOthers();
                        return;
                    } catch (NextFailedException ended) {
                        log.logError(Errors.toLogText(ended));
                        return;
                    } catch (IOException broken) {
                        // The report of one invocation is lost, which the platform notices; the others go on.
                        log.logError(Errors.toLogText(broken));
                    }
                }
            }
        };
    }

    private static int count(String text) {
        try {
            int count = Integer.parseInt(text);
            if (count >= 1) {
                return count;
            }
        } catch (NumberFormatException refused) {
            // Answered below, as is a number below one.
        }
        throw new IllegalArgumentException("User configured AWS_LAMBDA_MAX_CONCURRENCY is invalid. It is '" + text + "' and must be a whole number from 1.");
    }
}
