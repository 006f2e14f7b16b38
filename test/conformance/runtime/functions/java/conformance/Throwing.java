package conformance;

/** Fails while it is loaded. */
public final class Throwing {
  static {
    if (true) throw new IllegalStateException("conformance failure");
  }

  public Object handle(Object event) {
    return event;
  }
}
