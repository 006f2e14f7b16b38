import com.amazonaws.services.lambda.crac.Context;
import com.amazonaws.services.lambda.crac.Core;
import com.amazonaws.services.lambda.crac.Resource;

/** Registers two resources, which print, and throw where the environment says so. */
public class Hooks {
    static {
        Core.getGlobalContext().register(new Printing("1"));
        Core.getGlobalContext().register(new Printing("2"));
    }

    public String go(String event) {
        return "served";
    }

    private static final class Printing implements Resource {
        private final String name;

        Printing(String name) {
            this.name = name;
        }

        @Override
        public void beforeCheckpoint(Context<? extends Resource> context) {
            tell("b" + name);
        }

        @Override
        public void afterRestore(Context<? extends Resource> context) {
            tell("a" + name);
        }

        private static void tell(String word) {
            System.out.println(word);
            if (word.equals(System.getenv("FAILS_AT"))) {
                throw new IllegalStateException(word);
            }
        }
    }
}
