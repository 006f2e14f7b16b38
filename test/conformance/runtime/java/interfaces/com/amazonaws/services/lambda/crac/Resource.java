package com.amazonaws.services.lambda.crac;

/** Signatures of the vendor's interface of this name, to compile against. */
public interface Resource {
  void beforeCheckpoint(Context<? extends Resource> context) throws Exception;

  void afterRestore(Context<? extends Resource> context) throws Exception;
}
