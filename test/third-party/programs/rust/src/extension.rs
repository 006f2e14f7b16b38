//! An external extension with the vendor's crate: writes each event it gets as a line into a file.
use lambda_extension::{service_fn, Error, Extension, LambdaEvent, NextEvent};
use std::io::Write;

fn note(line: &str) {
    let path = std::env::var("RIK_TEST_NOTES").expect("RIK_TEST_NOTES");
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).expect("the notes");
    writeln!(file, "{line}").expect("a note");
}

async fn on_event(event: LambdaEvent) -> Result<(), Error> {
    match event.next {
        NextEvent::Invoke(invoke) => note(&format!("INVOKE {} {}", invoke.request_id, invoke.invoked_function_arn)),
        NextEvent::Shutdown(shutdown) => note(&format!("SHUTDOWN {}", shutdown.shutdown_reason)),
    }
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    Extension::new().with_events_processor(service_fn(on_event)).run().await
}
