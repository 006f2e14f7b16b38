package com.amazonaws.services.lambda.crac;

/**
 * Where functions register their resources. They are compiled against `org.crac`, which finds this package by the property
 * `org.crac.Core.Compat`; the names are therefore given. Source: managed-runtimes 1.8.
 */
public final class Core {
    private static final Context<Resource> GLOBAL = new GlobalContext();

    private Core() {}

    public static Context<Resource> getGlobalContext() {
        return GLOBAL;
    }

    /** Only the platform takes snapshots. */
    public static void checkpointRestore() {
        throw new UnsupportedOperationException("a function cannot ask for its snapshot; the platform takes it");
    }
}
