//! An external extension with the vendor's crate that subscribes to the Telemetry API, or to the Logs API when EXTENSION_API is "logs".
//! Writes what it gets as lines into a file: its own events, and each record as the crate understood it.
use lambda_extension::{service_fn, Error, Extension, LambdaEvent, LambdaLog, LambdaTelemetry, LogBuffering, NextEvent, SharedService};
use std::io::Write;

const TYPES: &[&str] = &["platform", "function", "extension"];
/// The least that the API takes, so that nobody waits.
const BUFFERING: LogBuffering = LogBuffering { timeout_ms: 25, max_bytes: 262_144, max_items: 1_000 };

fn note(line: &str) {
    let path = std::env::var("RIK_TEST_NOTES").expect("RIK_TEST_NOTES");
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).expect("the notes");
    file.write_all(format!("{line}\n").as_bytes()).expect("a note");
}

async fn on_event(event: LambdaEvent) -> Result<(), Error> {
    match event.next {
        NextEvent::Invoke(invoke) => note(&format!("INVOKE {}", invoke.request_id)),
        NextEvent::Shutdown(shutdown) => note(&format!("SHUTDOWN {}", shutdown.shutdown_reason)),
    }
    Ok(())
}

async fn on_telemetry(records: Vec<LambdaTelemetry>) -> Result<(), Error> {
    for record in records {
        note(&format!("TELEMETRY {}", serde_json::to_string(&record)?));
    }
    Ok(())
}

async fn on_logs(records: Vec<LambdaLog>) -> Result<(), Error> {
    for record in records {
        note(&format!("LOG {:?}", record.record));
    }
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let port: u16 = std::env::var("EXTENSION_PORT")?.parse()?;
    let extension = Extension::new().with_events_processor(service_fn(on_event));
    if std::env::var("EXTENSION_API").is_ok_and(|name| name == "logs") {
        let logs = extension.with_log_types(&["function"]).with_log_buffering(BUFFERING).with_log_port_number(port);
        return logs.with_logs_processor(SharedService::new(service_fn(on_logs))).run().await;
    }
    let telemetry = extension.with_telemetry_types(TYPES).with_telemetry_buffering(BUFFERING).with_telemetry_port_number(port);
    telemetry.with_telemetry_processor(SharedService::new(service_fn(on_telemetry))).run().await
}
