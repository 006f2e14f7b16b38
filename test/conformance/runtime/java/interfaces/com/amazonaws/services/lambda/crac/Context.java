package com.amazonaws.services.lambda.crac;

/** Signatures of the vendor's class of this name, to compile against. */
public abstract class Context<R extends Resource> implements Resource {
  public abstract void register(R resource);
}
