//! What chat clients send and get, apart from HTTP: messages, housekeeping prompts, annotations.

mod annotations;
pub(crate) mod housekeeping;
mod message;

pub(crate) use annotations::{Annotation, annotations};
pub(crate) use message::{Conversation, Message};
