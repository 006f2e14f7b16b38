//! A Lambda runtime with Rust's standard library. Event and response are text: the standard library has no JSON.
mod function;
mod http;

use std::panic::{catch_unwind, AssertUnwindSafe};
use std::process::exit;

const PREFIX: &str = "/2018-06-01/runtime";

/// Tells about one invocation.
pub struct Context {
    pub request_id: String,
    pub deadline_ms: u64,
}

fn main() {
    let address = std::env::var("AWS_LAMBDA_RUNTIME_API").unwrap_or_else(|_| fail("AWS_LAMBDA_RUNTIME_API is not set"));
    let mut api = http::Connection::open(&address).unwrap_or_else(|error| fail(&error.to_string()));
    let name = std::env::var("_HANDLER").unwrap_or_default();
    let handler = match function::find(if name.is_empty() { "function.handler" } else { &name }) {
        Some(handler) => handler,
        None => {
            report(&mut api, "/init/error", "Runtime.NoSuchHandler", &format!("there is no handler {name}"));
            exit(1);
        }
    };
    loop {
        let invocation = call(&mut api, "GET", "/invocation/next", "", None);
        if invocation.status != 200 {
            fail(&format!("next was answered with {}", invocation.status));
        }
        let request_id = invocation.header("lambda-runtime-aws-request-id");
        let deadline_ms = invocation.header("lambda-runtime-deadline-ms").parse().unwrap_or(0);
        std::env::set_var("_X_AMZN_TRACE_ID", invocation.header("lambda-runtime-trace-id"));
        let path = format!("/invocation/{}", encoded(&request_id));
        let context = Context { request_id, deadline_ms };
        // A panic is a failure of the invocation, too.
        let result = catch_unwind(AssertUnwindSafe(|| handler(&invocation.body, &context))).unwrap_or_else(|_| Err("the handler has panicked".to_string()));
        match result {
            Ok(response) => post(&mut api, &format!("{path}/response"), &response, None),
            Err(message) => report(&mut api, &format!("{path}/error"), "Function.Error", &message),
        }
    }
}

fn report(api: &mut http::Connection, path: &str, kind: &str, message: &str) {
    eprintln!("{kind}: {message}");
    let body = format!("{{\"errorType\":{},\"errorMessage\":{},\"stackTrace\":[]}}", quoted(kind), quoted(message));
    post(api, path, &body, Some(kind));
}

fn post(api: &mut http::Connection, path: &str, body: &str, error_type: Option<&str>) {
    let answer = call(api, "POST", path, body, error_type);
    // A 5xx means that the environment is lost; any other refusal concerns one invocation only.
    if answer.status >= 500 {
        exit(1);
    }
    if answer.status != 202 {
        eprintln!("the response was refused with {}: {}", answer.status, answer.body);
    }
}

fn call(api: &mut http::Connection, method: &str, path: &str, body: &str, error_type: Option<&str>) -> http::Answer {
    api.call(method, &format!("{PREFIX}{path}"), body, error_type).unwrap_or_else(|error| fail(&error.to_string()))
}

fn fail(message: &str) -> ! {
    eprintln!("{message}");
    exit(1);
}

/// Text as one segment of a path.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) { (byte as char).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// Text as a JSON string.
pub fn quoted(text: &str) -> String {
    let mut json = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => json.extend(['\\', character]),
            control if control < ' ' => json.push_str(&format!("\\u{:04x}", control as u32)),
            other => json.push(other),
        }
    }
    json + "\""
}
