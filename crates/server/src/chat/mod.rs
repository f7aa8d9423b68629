//! What chat clients send and get, apart from HTTP: messages, housekeeping prompts, sources, replies.

mod citations;
mod cut;
mod housekeeping;
mod message;
mod reply;
mod templates;

pub(crate) use citations::place;
pub(crate) use cut::Cut;
pub(crate) use message::{Conversation, Message, history};
pub(crate) use reply::{Finish, Form, Reply, Wanted, reply};
