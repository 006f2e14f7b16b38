//! The functions of the conformance suite's handler contract, for the vendor's Rust crate. The handler string names one of them.
use lambda_runtime::{run_concurrent, service_fn, streaming, Error, FunctionResponse, LambdaEvent, MetadataPrelude};
use serde_json::{json, Value};
use std::time::{Duration, SystemTime};

type Response = FunctionResponse<Value, streaming::Body>;

const FAILURE: &str = "conformance failure";

async fn wait(milliseconds: u64) {
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
}

fn remaining_ms(deadline: SystemTime) -> u64 {
    deadline.duration_since(SystemTime::now()).unwrap_or_default().as_millis() as u64
}

async fn handle(request: LambdaEvent<Value>) -> Result<Response, Error> {
    let LambdaEvent { payload: event, context } = request;
    let wait_ms = event["waitMs"].as_u64().unwrap_or(0);
    let handler = std::env::var("_HANDLER").unwrap_or_default();
    let value = match handler.as_str() {
        "echo" | "internal-extension" | "graceful-shutdown" => event,
        "fail" => return Err(FAILURE.into()),
        "nothing" => Value::Null,
        "print" => {
            print!("{}", event["text"].as_str().unwrap_or_default());
            std::io::Write::flush(&mut std::io::stdout())?;
            Value::Null
        }
        "trace" => {
            wait(wait_ms).await;
            json!({ "environment": std::env::var("_X_AMZN_TRACE_ID").ok(), "context": context.xray_trace_id })
        }
        "remaining" => {
            let first = remaining_ms(context.deadline());
            wait(1_000).await;
            json!({ "first": first, "second": remaining_ms(context.deadline()) })
        }
        "context" => json!({
            "requestId": context.request_id,
            "arn": context.invoked_function_arn,
            "functionName": context.env_config.function_name,
            "functionVersion": context.env_config.version,
            "memoryMiB": context.env_config.memory,
            "logGroup": context.env_config.log_group,
            "logStream": context.env_config.log_stream,
        }),
        "client-context" => json!({ "custom": context.client_context.map(|client| client.custom) }),
        "tenant" => json!({ "tenantId": context.tenant_id }),
        "fail-later" => {
            tokio::spawn(async {
                wait(100).await;
                panic!("{FAILURE}");
            });
            wait(1_000).await;
            json!("waited")
        }
        "fail-or-wait" => {
            if event["fail"].as_bool().unwrap_or(false) {
                return Err(FAILURE.into());
            }
            wait(wait_ms).await;
            event
        }
        "stream-fail-early" => return Err(FAILURE.into()),
        "stream-fail-late" => return Ok(stream(&["A"], 0, true, MetadataPrelude::default())),
        "stream-http" => {
            let mut prelude = MetadataPrelude { cookies: vec!["a=1".into()], ..Default::default() };
            prelude.status_code = lambda_runtime_status(201)?;
            prelude.headers.insert("x-conformance", "yes".parse()?);
            return Ok(stream(&["created"], 0, false, prelude));
        }
        _ => return Ok(stream(&["A", "B"], wait_ms, false, MetadataPrelude::default())),
    };
    Ok(FunctionResponse::BufferedResponse(value))
}

/// The prelude's own type of status, which the crate does not export.
fn lambda_runtime_status<Status: TryFrom<u16>>(code: u16) -> Result<Status, Error>
where
    Error: From<Status::Error>,
{
    Ok(Status::try_from(code)?)
}

fn stream(parts: &'static [&'static str], wait_ms: u64, fails: bool, metadata_prelude: MetadataPrelude) -> Response {
    let (mut sender, body) = streaming::channel();
    tokio::spawn(async move {
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                wait(wait_ms).await;
            }
            if sender.send_data((*part).into()).await.is_err() {
                return;
            }
        }
        if fails {
            sender.abort();
        }
    });
    FunctionResponse::StreamingResponse(streaming::Response { metadata_prelude, stream: body })
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    match std::env::var("_HANDLER").unwrap_or_default().as_str() {
        "failing-load" => return Err(FAILURE.into()),
        "internal-extension" | "graceful-shutdown" => lambda_runtime::spawn_graceful_shutdown_handler(|| async {}).await,
        _ => {}
    }
    run_concurrent(service_fn(handle)).await
}
