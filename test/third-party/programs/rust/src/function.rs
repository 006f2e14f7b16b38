//! What the tests ask of a function, for the vendor's Rust crate.
use lambda_runtime::{run, service_fn, streaming, Diagnostic, Error, FunctionResponse, LambdaEvent};
use serde_json::{json, Value};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

type Stream = tokio_stream::Iter<std::vec::IntoIter<Result<String, Error>>>;
type Response = FunctionResponse<Value, Stream>;

static CALLS: AtomicU64 = AtomicU64::new(0);

#[derive(Debug)]
struct OutOfReach(String);

impl From<OutOfReach> for Diagnostic {
    fn from(error: OutOfReach) -> Diagnostic {
        Diagnostic { error_type: "OutOfReach".into(), error_message: error.0 }
    }
}

async fn handle(request: LambdaEvent<Value>) -> Result<Response, OutOfReach> {
    CALLS.fetch_add(1, Ordering::Relaxed);
    let event = &request.payload;
    let text = |name: &str| event[name].as_str().unwrap_or_default().to_string();
    let value = match text("do").as_str() {
        "return" => event["value"].clone(),
        "context" => describe(&request),
        "fail" => return Err(OutOfReach(text("message"))),
        "panic" => panic!("{}", text("message")),
        "print" => {
            print!("{}", text("text"));
            std::io::Write::flush(&mut std::io::stdout()).expect("standard output");
            Value::Null
        }
        "log" => {
            eprintln!("{}", text("text"));
            Value::Null
        }
        "exit" => std::process::exit(event["code"].as_i64().unwrap_or(1) as i32),
        "hang" => {
            tokio::time::sleep(Duration::from_secs(3600)).await;
            Value::Null
        }
        "big" => Value::String("x".repeat(event["bytes"].as_u64().unwrap_or(0) as usize)),
        "length" => json!(text("value").encode_utf16().count()),
        "stream" => return Ok(stream(event)),
        _ => return Err(OutOfReach("no such action".into())),
    };
    Ok(FunctionResponse::BufferedResponse(value))
}

fn stream(event: &Value) -> Response {
    let chunks = event["chunks"].as_array().cloned().unwrap_or_default();
    let mut items: Vec<Result<String, Error>> = chunks.iter().map(|chunk| Ok(chunk.as_str().unwrap_or_default().to_string())).collect();
    if let Some(message) = event["fail"].as_str() {
        items.push(Err(message.into()));
    }
    FunctionResponse::StreamingResponse(streaming::Response::from(tokio_stream::iter(items)))
}

fn describe(request: &LambdaEvent<Value>) -> Value {
    let context = &request.context;
    let remaining = context.deadline().duration_since(SystemTime::now()).unwrap_or_default();
    let custom = context.client_context.as_ref().and_then(|client| client.custom.get("key"));
    json!({
        "requestId": context.request_id,
        "arn": context.invoked_function_arn,
        "functionName": context.env_config.function_name,
        "functionVersion": context.env_config.version,
        "memoryMiB": context.env_config.memory,
        "remainingMs": remaining.as_millis() as u64,
        "traceId": std::env::var("_X_AMZN_TRACE_ID").ok(),
        "custom": custom,
        "calls": CALLS.load(Ordering::Relaxed),
    })
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    if std::env::var("FUNCTION_INIT").is_ok_and(|value| value == "fails") {
        return Err("no database".into());
    }
    if std::env::var("FUNCTION_SIGTERM").is_ok() {
        lambda_runtime::spawn_graceful_shutdown_handler(|| async move {
            println!("SIGTERM after {{\"calls\":{}}}", CALLS.load(Ordering::Relaxed));
        })
        .await;
    }
    run(service_fn(handle)).await
}
