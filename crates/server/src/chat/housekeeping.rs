//! Prompts that chat front ends send on their own: a title, tags, follow-ups, search queries for the conversation.
//!
//! They reach the same model as the user's questions. Answering them from the reports would put nonsense into the
//! front end's sidebar, so they are recognised by cue phrases and get a short harmless reply.

use super::Conversation;

/// What a housekeeping prompt wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Task {
    Title,
    Tags,
    FollowUps,
    Queries,
    Summary,
    Completion,
    Emoji,
}

/// Phrases of which all must be in the prompt (ASCII without regard to case), after the public prompt templates of
/// Open WebUI, LibreChat, LobeChat, NextChat and Cherry Studio. The first row that fits decides.
const CUES: &[(Task, &[&str])] = &[
    (Task::FollowUps, &["### task:", "follow-up"]),
    (Task::FollowUps, &["### task:", "follow_ups"]),
    (Task::Tags, &["### task:", "tags"]),
    (Task::Title, &["### task:", "title"]),
    (Task::Queries, &["### task:", "queries"]),
    (Task::Completion, &["### task:", "autocompletion"]),
    (Task::Completion, &["### task:", "\"text\""]),
    (Task::Emoji, &["your task is to reflect", "emoji"]),
    (Task::Title, &["title for the conversation", "concise"]),
    (Task::Title, &["title for this conversation", "concise"]),
    (Task::Title, &["generate a title", "conversation"]),
    (Task::Title, &["summarize the user's conversation into a title"]),
    (Task::Title, &["summarize the conversation", "title"]),
    (Task::Title, &["会话总结为", "标题"]),
    (Task::Title, &["总结给出的会话", "标题"]),
    (Task::Title, &["对话", "生成", "标题"]),
    (Task::Title, &["直接返回这句话的简要主题"]),
    (Task::Summary, &["用作后续的上下文提示"]),
    (Task::Summary, &["summarize the discussion briefly", "future context"]),
];

/// The plainest title that is true of any conversation with us.
const TITLE: &str = "政府工作报告问答";
/// Longest title taken from a conversation, in characters.
const TITLE_CHARS: usize = 24;

/// The reply to a housekeeping prompt; `None` for a real question.
pub(crate) fn reply(chat: &Conversation) -> Option<String> {
    let task = recognise(&chat.question).or_else(|| recognise(&chat.instructions))?;
    let prompt = &chat.question;
    let json = prompt.contains("JSON") || chat.instructions.contains("JSON");
    Some(match (task, json) {
        (Task::Title, true) => serde_json::json!({ "title": title(chat) }).to_string(),
        (Task::Title, false) => title(chat),
        (Task::Tags, true) => serde_json::json!({ "tags": ["政府工作报告"] }).to_string(),
        (Task::Tags, false) => "政府工作报告".into(),
        (Task::FollowUps, true) => serde_json::json!({ "follow_ups": [] }).to_string(),
        (Task::Queries, true) => serde_json::json!({ "queries": [] }).to_string(),
        (Task::Completion, true) => serde_json::json!({ "text": "" }).to_string(),
        (Task::FollowUps | Task::Queries | Task::Completion, false) => String::new(),
        (Task::Summary, _) => TITLE.into(),
        (Task::Emoji, _) => "📄".into(),
    })
}

fn recognise(prompt: &str) -> Option<Task> {
    let prompt = prompt.to_ascii_lowercase();
    CUES.iter().find(|(_, cues)| cues.iter().all(|cue| prompt.contains(cue))).map(|&(task, _)| task)
}

/// The first thing that the user asked, as far as it can be found, else the plainest title.
fn title(chat: &Conversation) -> String {
    let said = chat.history.iter().find(|turn| turn.from_user).map(|turn| turn.text.as_str());
    let quoted = || {
        let lines = chat.question.lines().map(str::trim);
        lines
            .into_iter()
            .find_map(|line| ["USER:", "User:", "user:", "用户："].iter().find_map(|mark| line.strip_prefix(mark)))
    };
    let topic = said.or_else(quoted).map(str::trim).unwrap_or_default();
    let first = topic.lines().next().unwrap_or_default();
    let mut title: String = first.chars().filter(|c| !c.is_control()).take(TITLE_CHARS).collect();
    if title.is_empty() || recognise(first).is_some() {
        title = TITLE.into();
    }
    title
}

#[cfg(test)]
mod tests {
    use super::*;
    use wenbao_answer::Turn;

    fn chat(question: &str) -> Conversation {
        Conversation { instructions: String::new(), history: Vec::new(), question: question.into() }
    }

    #[test]
    fn prompts_of_front_ends_get_harmless_replies() {
        let table = [
            (
                "### Task:\nGenerate a concise title with an emoji.\n### Output:\nJSON format: { \"title\": \"…\" }\n\
                 ### Chat History:\n<chat_history>\nUSER: 2025年新建智能化煤矿多少座\nASSISTANT: 130座\n</chat_history>",
                r#"{"title":"2025年新建智能化煤矿多少座"}"#,
            ),
            ("### Task:\nGenerate 1-3 broad tags.\nJSON format", r#"{"tags":["政府工作报告"]}"#),
            ("### Task:\nSuggest 3-5 relevant follow-up questions.\nJSON", r#"{"follow_ups":[]}"#),
            ("### Task:\nAnalyze the need for search queries. JSON", r#"{"queries":[]}"#),
            ("Provide a concise, 5-word-or-less title for the conversation.", TITLE),
            ("请将用户的会话总结为 10 个字以内的标题", TITLE),
        ];
        for (prompt, expected) in table {
            assert_eq!(reply(&chat(prompt)).as_deref(), Some(expected), "{prompt}");
        }
    }

    #[test]
    fn a_title_is_what_the_user_asked_first() {
        let mut chat = chat("请为以上对话生成一个简短的标题");
        chat.history.push(Turn { from_user: true, text: "山西2024年粮食产量".into() });
        assert_eq!(reply(&chat).as_deref(), Some("山西2024年粮食产量"));
    }

    #[test]
    fn questions_to_the_reports_are_no_housekeeping() {
        for question in [
            "2025年新建智能化煤矿多少座",
            "报告的标题是什么",
            "2024年政府工作报告的主题是什么",
            "总结一下2025年煤炭方面的安排",
            "What is the title of the 2025 report?",
            "生成式人工智能方面有什么安排",
        ] {
            assert_eq!(reply(&chat(question)), None, "{question}");
        }
    }
}
