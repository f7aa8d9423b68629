//! Chat messages, and the question that is in them.

use serde::Deserialize;
use wenbao_answer::{Question, Turn};

use super::templates::{attached_in, question_in};

/// One message of a chat. Fields that we do not know are ignored.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Message {
    role: String,
    #[serde(default)]
    content: Option<Content>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

/// A part of a message; parts that are no text (images, audio) say nothing to us.
#[derive(Debug, Clone, Deserialize)]
struct Part {
    #[serde(default)]
    text: Option<String>,
}

impl Message {
    /// Its words: text parts are joined by line breaks.
    pub(crate) fn text(&self) -> String {
        match &self.content {
            None => String::new(),
            Some(Content::Text(text)) => text.clone(),
            Some(Content::Parts(parts)) => {
                parts.iter().filter_map(|part| part.text.as_deref()).collect::<Vec<_>>().join("\n")
            }
        }
    }

    /// The turn it is, if the user or the assistant said something; instructions and tool calls are none.
    pub(crate) fn turn(&self) -> Option<Turn> {
        let from_user = match self.role.as_str() {
            "user" => true,
            "assistant" => false,
            _ => return None,
        };
        let text = self.text();
        (!text.trim().is_empty()).then_some(Turn { from_user, text })
    }

    fn is_instruction(&self) -> bool {
        matches!(self.role.as_str(), "system" | "developer")
    }
}

/// Turns before the question that are looked at, the last ones; a longer conversation is not read to its beginning.
const TURNS: usize = 24;

/// A chat, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Conversation {
    /// What the front end told the model before the last message of the user.
    pub instructions: String,
    /// The turns before that message, oldest first, at most [`TURNS`]; longer ones than a question may be are left out.
    pub history: Vec<Turn>,
    /// The last thing that the user said, as it was sent.
    pub message: String,
    /// An instruction after that message, which is then the last word.
    pub closing: Option<String>,
}

impl Conversation {
    /// The last user message is the question, what stands before it the history; `None` if the user said nothing.
    pub(crate) fn read(messages: &[Message]) -> Option<Self> {
        let last = messages.iter().rposition(|message| message.turn().is_some_and(|turn| turn.from_user))?;
        let (before, after) = (&messages[..last], &messages[last + 1..]);
        let instructions = before.iter().filter(|message| message.is_instruction()).map(Message::text);
        Some(Self {
            instructions: instructions.collect::<Vec<_>>().join("\n"),
            history: history(before),
            message: messages[last].text(),
            closing: after.last().filter(|message| message.is_instruction()).map(Message::text),
        })
    }

    /// The question in the user's last message.
    pub(crate) fn question(&self) -> &str {
        question_in(&self.message)
    }

    /// How many sources the front end has numbered before ours.
    pub(crate) fn attached(&self) -> usize {
        attached_in(&self.message).max(attached_in(&self.instructions))
    }
}

/// The last turns of a conversation, oldest first. Its length is bounded here, before anything reads it: a conversation of
/// thousands of turns would otherwise hold up everybody's questions.
pub(crate) fn history(messages: &[Message]) -> Vec<Turn> {
    let turns = messages.iter().rev().filter_map(Message::turn).take(TURNS).map(|turn| {
        // The question of an earlier turn stands in what its front end wrapped around it.
        let text = if turn.from_user { question_in(&turn.text).to_owned() } else { turn.text };
        Turn { text, ..turn }
    });
    let mut turns: Vec<Turn> = turns.filter(|turn| turn.text.chars().count() <= Question::MAX_CHARS).collect();
    turns.reverse();
    turns
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<Conversation> {
        let messages: Vec<Message> = serde_json::from_str(json).expect("test data");
        Conversation::read(&messages)
    }

    #[test]
    fn the_last_user_message_is_the_question_and_the_rest_its_history() {
        let chat = read(
            r#"[{"role": "system", "content": "be brief"},
                {"role": "user", "content": "2025年呢", "name": "x"},
                {"role": "assistant", "content": "130座"},
                {"role": "tool", "content": "ignored", "tool_call_id": "1"},
                {"role": "user", "content": [{"type": "text", "text": "那2024年呢"}, {"type": "image_url", "image_url": {}}]}]"#,
        )
        .unwrap();
        assert_eq!(chat.question(), "那2024年呢");
        assert_eq!(chat.instructions, "be brief");
        let turns: Vec<_> = chat.history.iter().map(|turn| (turn.from_user, turn.text.as_str())).collect();
        assert_eq!(turns, [(true, "2025年呢"), (false, "130座")]);
    }

    #[test]
    fn a_chat_in_which_the_user_says_nothing_has_no_question() {
        for json in [
            "[]",
            r#"[{"role": "system", "content": "x"}]"#,
            r#"[{"role": "user", "content": " "}]"#,
            r#"[{"role": "user", "content": null}]"#,
            r#"[{"role": "user", "content": [{"type": "image_url"}]}]"#,
        ] {
            assert_eq!(read(json), None, "{json}");
        }
    }

    #[test]
    fn a_long_conversation_is_read_from_its_end() {
        let turn = |n: usize| format!(r#"{{"role": "user", "content": "{n}"}}"#);
        let messages: Vec<String> = (0..5000).map(turn).collect();
        let chat = read(&format!("[{}]", messages.join(","))).unwrap();
        assert_eq!((chat.history.len(), chat.history[0].text.as_str(), chat.question()), (TURNS, "4975", "4999"));
        let long = read(&format!(r#"[{{"role": "user", "content": "{}"}}, {}]"#, "长".repeat(2001), turn(1))).unwrap();
        assert_eq!(long.history, []);
    }
}
