package rik.runtime;

import com.amazonaws.services.lambda.crac.Context;
import com.amazonaws.services.lambda.crac.Core;
import com.amazonaws.services.lambda.crac.Resource;
import java.io.IOException;
import java.util.Map;
import rik.runtime.ReplyReader.Reply;

/** The function's resources around a snapshot. Source: managed-runtimes 1.8. */
final class RestoreHooks {
    /** The vendor's runtime ends with the same status before and after. */
    private static final int FAILURE_STATUS = 64;

    private RestoreHooks() {}

    static boolean areAskedFor(Map<String, String> environment) {
        return "snap-start".equals(environment.get("AWS_LAMBDA_INITIALIZATION_TYPE"));
    }

    /** Returns 0 when the environment has been restored, else the status to end with; the platform knows then. */
    static int run(RuntimeClient client, LambdaLog log) throws IOException {
        Context<Resource> resources = Core.getGlobalContext();
        try {
            resources.beforeCheckpoint(null);
        } catch (Exception failure) {
            log.logError(Errors.toLogText(failure));
            client.postInitError("Runtime.BeforeCheckpointError", Errors.toErrorBody(failure));
            return FAILURE_STATUS;
        }
        // A smaller snapshot is restored faster.
        System.gc();
        Reply reply = client.restoreNext();
        if (reply.status != 200) {
            throw new IOException("Failed to wait for the restore. HTTP Response code: " + reply.status);
        }
        try {
            resources.afterRestore(null);
        } catch (Exception failure) {
            log.logError(Errors.toLogText(failure));
            client.postRestoreError("Runtime.AfterRestoreError", Errors.toErrorBody(failure));
            return FAILURE_STATUS;
        }
        return 0;
    }
}
