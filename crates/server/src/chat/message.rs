//! Chat messages, and the question that is in them.

use serde::Deserialize;
use wenbao_answer::Turn;

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

/// A chat, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Conversation {
    /// What the front end told the model before everything.
    pub instructions: String,
    /// The turns before the question, oldest first.
    pub history: Vec<Turn>,
    /// The last thing that the user said.
    pub question: String,
}

impl Conversation {
    /// The last user message is the question, what stands before it the history; `None` if the user said nothing.
    pub(crate) fn read(messages: &[Message]) -> Option<Self> {
        let last = messages.iter().rposition(|message| message.turn().is_some_and(|turn| turn.from_user))?;
        let instructions = messages.iter().filter(|message| message.is_instruction()).map(Message::text);
        Some(Self {
            instructions: instructions.collect::<Vec<_>>().join("\n"),
            history: messages[..last].iter().filter_map(Message::turn).collect(),
            question: messages[last].text(),
        })
    }
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
        assert_eq!(chat.question, "那2024年呢");
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
}
