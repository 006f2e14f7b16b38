import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * CompileFolders INTERFACES FOLDER…: compiles the interfaces into every folder, and each folder's own sources beside them.
 * A file `delete-after-compiling` names classes that are missing at run time. What does not compile is printed: folder, line
 * end, messages, NUL.
 */
public final class CompileFolders {
  public static void main(String[] words) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    if (compiler == null) {
      System.err.println("this Java has no compiler");
      System.exit(1);
    }
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      for (int index = 1; index < words.length; index += 1) compile(compiler, files, Path.of(words[0]), Path.of(words[index]));
    }
  }

  private static void compile(JavaCompiler compiler, StandardJavaFileManager files, Path interfaces, Path folder) throws IOException {
    List<Path> sources = new ArrayList<>(sourcesIn(interfaces));
    sources.addAll(sourcesIn(folder));
    StringWriter messages = new StringWriter();
    List<String> options = List.of("-d", folder.toString(), "-nowarn", "-proc:none", "-g", "-parameters");
    boolean isCompiled = compiler.getTask(messages, files, null, options, null, files.getJavaFileObjectsFromPaths(sources)).call();
    if (!isCompiled) System.out.print(folder + "\n" + messages + "\0");
    // The runtime brings these itself.
    Path hooks = folder.resolve("com/amazonaws/services/lambda/crac");
    if (Files.exists(hooks)) {
      try (Stream<Path> classes = Files.list(hooks)) {
        for (Path file : classes.toList()) Files.delete(file);
      }
    }
    Path missing = folder.resolve("delete-after-compiling");
    if (!Files.exists(missing)) return;
    for (String name : Files.readAllLines(missing)) Files.deleteIfExists(folder.resolve(name + ".class"));
  }

  private static List<Path> sourcesIn(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(path -> path.toString().endsWith(".java")).sorted().toList();
    }
  }
}
