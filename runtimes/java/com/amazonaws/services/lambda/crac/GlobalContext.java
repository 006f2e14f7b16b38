package com.amazonaws.services.lambda.crac;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Before the snapshot the resource that was registered last comes first; after the restore they come in order. All are told, whatever fails. */
final class GlobalContext extends Context<Resource> {
    private final List<Resource> resources = new ArrayList<Resource>();

    @Override
    public synchronized void register(Resource resource) {
        if (resource == null) {
            throw new NullPointerException("resource");
        }
        resources.add(resource);
    }

    @Override
    public void beforeCheckpoint(Context<? extends Resource> context) throws CheckpointException {
        List<Resource> lastFirst = registered();
        Collections.reverse(lastFirst);
        CheckpointException failures = new CheckpointException();
        for (Resource resource : lastFirst) {
            try {
                resource.beforeCheckpoint(this);
            } catch (Exception failure) {
                failures.addSuppressed(failure);
            }
        }
        if (failures.getSuppressed().length > 0) {
            throw failures;
        }
    }

    @Override
    public void afterRestore(Context<? extends Resource> context) throws RestoreException {
        RestoreException failures = new RestoreException();
        for (Resource resource : registered()) {
            try {
                resource.afterRestore(this);
            } catch (Exception failure) {
                failures.addSuppressed(failure);
            }
        }
        if (failures.getSuppressed().length > 0) {
            throw failures;
        }
    }

    private synchronized List<Resource> registered() {
        return new ArrayList<Resource>(resources);
    }
}
