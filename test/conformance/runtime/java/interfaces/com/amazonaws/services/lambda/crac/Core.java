package com.amazonaws.services.lambda.crac;

/** Signatures of the vendor's class of this name, to compile against. The runtime brings the class itself. */
public final class Core {
  public static Context<Resource> getGlobalContext() {
    throw new UnsupportedOperationException();
  }
}
