package conformance;

import com.amazonaws.services.lambda.crac.Context;
import com.amazonaws.services.lambda.crac.Core;
import com.amazonaws.services.lambda.crac.Resource;
import com.amazonaws.services.lambda.runtime.RequestHandler;

/** A hook after the restore that fails. */
public final class AfterFails implements RequestHandler<Object, Object>, Resource {
  public AfterFails() {
    Core.getGlobalContext().register(this);
  }

  @Override
  public void beforeCheckpoint(Context<? extends Resource> context) {
    System.out.println("before-snapshot");
  }

  @Override
  public void afterRestore(Context<? extends Resource> context) {
    throw new IllegalStateException("conformance failure");
  }

  @Override
  public Object handleRequest(Object event, com.amazonaws.services.lambda.runtime.Context context) {
    return "restored";
  }
}
