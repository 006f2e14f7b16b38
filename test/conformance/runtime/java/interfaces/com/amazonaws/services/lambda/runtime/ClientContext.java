package com.amazonaws.services.lambda.runtime;

import java.util.Map;

/** Stand-in for the vendor's interface of this name: our own declaration, for tests only. */
public interface ClientContext {
    Client getClient();

    Map<String, String> getCustom();

    Map<String, String> getEnvironment();
}
