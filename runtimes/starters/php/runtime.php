<?php
// A Lambda runtime in PHP without extensions. The handler `function.handler` is the function `handler` of function.php.
declare(strict_types=1);

const PREFIX = '/2018-06-01/runtime';
// A year: the environment may be frozen while `next` waits.
const WAIT_SECONDS = 31536000;

/** One call on a connection of its own. Returns status, headers (names in lower case) and body. */
function call(string $method, string $path, string $body = '', array $headers = []): array
{
    [$host, $port] = explode(':', getenv('AWS_LAMBDA_RUNTIME_API'));
    $socket = @fsockopen($host, (int) $port, $number, $text, 5) ?: exit(1);
    stream_set_timeout($socket, WAIT_SECONDS);
    $lines = ["$method " . PREFIX . "$path HTTP/1.1", "Host: $host:$port", 'Connection: close', 'Content-Length: ' . strlen($body)];
    foreach ($headers as $name => $value) $lines[] = "$name: $value";
    $message = implode("\r\n", $lines) . "\r\n\r\n" . $body;
    for ($sent = 0; $sent < strlen($message); $sent += $count) {
        $count = fwrite($socket, substr($message, $sent, 65536)) ?: exit(1);
    }
    $status = (int) (explode(' ', (string) fgets($socket))[1] ?? 0);
    $received = [];
    while (($line = rtrim((string) fgets($socket))) !== '') {
        [$name, $value] = explode(':', $line, 2);
        $received[strtolower($name)] = trim($value);
    }
    $answer = '';
    if (strtolower($received['transfer-encoding'] ?? '') === 'chunked') {
        while (($length = (int) hexdec(trim(explode(';', (string) fgets($socket))[0]))) > 0) {
            $answer .= readExactly($socket, $length);
            fgets($socket);
        }
    } else {
        $answer = readExactly($socket, (int) ($received['content-length'] ?? 0));
    }
    fclose($socket);
    return [$status, $received, $answer];
}

function readExactly($socket, int $length): string
{
    for ($bytes = ''; strlen($bytes) < $length; $bytes .= $piece) {
        $piece = fread($socket, $length - strlen($bytes));
        if ($piece === false || $piece === '') exit(1);
    }
    return $bytes;
}

function post(string $path, string $body, array $headers = []): void
{
    [$status, , $answer] = call('POST', $path, $body, ['Content-Type' => 'application/json'] + $headers);
    // A 5xx means that the environment is lost; any other refusal concerns one invocation only.
    if ($status >= 500) exit(1);
    if ($status !== 202) fwrite(STDERR, "the response was refused with $status: $answer\n");
}

function report(string $path, Throwable $error, ?string $type = null): void
{
    fwrite(STDERR, "$error\n");
    $name = preg_replace('/[^A-Za-z]/', '', get_class($error));
    $body = ['errorType' => $type ?? get_class($error), 'errorMessage' => $error->getMessage(), 'stackTrace' => explode("\n", $error->getTraceAsString())];
    post($path, json_encode($body, JSON_INVALID_UTF8_SUBSTITUTE), ['Lambda-Runtime-Function-Error-Type' => $type ?? "Function.$name"]);
}

[$file, $name] = explode('.', getenv('_HANDLER') ?: 'function.handler') + [1 => ''];
try {
    $path = (getenv('LAMBDA_TASK_ROOT') ?: __DIR__) . "/$file.php";
    if (!is_file($path)) throw new RuntimeException("there is no $file.php");
    require $path;
    if (!is_callable($name)) throw new RuntimeException("$file.php has no function $name");
} catch (Throwable $error) {
    report('/init/error', $error, 'Runtime.ImportModuleError');
    exit(1);
}

while (true) {
    [$status, $headers, $event] = call('GET', '/invocation/next');
    if ($status !== 200) exit(1);
    $id = $headers['lambda-runtime-aws-request-id'];
    $context = ['requestId' => $id, 'functionArn' => $headers['lambda-runtime-invoked-function-arn'] ?? '', 'deadlineMs' => (int) ($headers['lambda-runtime-deadline-ms'] ?? 0)];
    putenv(isset($headers['lambda-runtime-trace-id']) ? "_X_AMZN_TRACE_ID={$headers['lambda-runtime-trace-id']}" : '_X_AMZN_TRACE_ID');
    try {
        $result = json_encode($name(json_decode($event, false, 512, JSON_THROW_ON_ERROR), $context), JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES);
    } catch (Throwable $error) {
        report('/invocation/' . rawurlencode($id) . '/error', $error);
        continue;
    }
    post('/invocation/' . rawurlencode($id) . '/response', $result);
}
