use crate::{quoted, Context};

pub type Handler = fn(&str, &Context) -> Result<String, String>;

/// Handler strings and what they call.
pub fn find(name: &str) -> Option<Handler> {
    match name {
        "function.handler" => Some(greet),
        // For the conformance suite, whose contract these two are: the event as it came, and an error with this message.
        "function.echo" => Some(|event, _| Ok(event.to_string())),
        "function.fail" => Some(|_, _| Err("conformance failure".to_string())),
        _ => None,
    }
}

fn greet(event: &str, context: &Context) -> Result<String, String> {
    if event.contains("\"fail\":true") {
        return Err("the event asked for a failure".to_string());
    }
    let _ = context.deadline_ms;
    Ok(format!("{{\"greeting\":\"Hello from Rust!\",\"event\":{event},\"requestId\":{}}}", quoted(&context.request_id)))
}
