//! Replies to the prompts that chat front ends send on their own: a title, tags, follow-ups, search queries.
//!
//! They reach the same model as the user's questions. Answering them from the reports would put nonsense into the
//! front end's sidebar, so each gets a short harmless reply in the form that its front end reads.

use serde_json::json;

use super::Conversation;
use super::templates::{TEMPLATES, Template, fits};

/// What a housekeeping prompt wants, and in which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    /// A title, as plain text.
    Title,
    /// `{"title": "…"}`.
    TitleJson,
    /// Dify's title: the language, how it was found, the title.
    DifyTitle,
    /// `{"tags": […]}`.
    Tags,
    /// `{"follow_ups": […]}`.
    FollowUps,
    /// A bare list of questions.
    Questions,
    /// `{"queries": […]}`.
    Queries,
    /// `{"text": "…"}`: how the user might go on typing.
    Completion,
    /// `{"prompt": "…"}`: a picture to paint.
    ImagePrompt,
    /// `{"tool_calls": […]}`.
    ToolCalls,
    /// A summary to go on from.
    Summary,
    /// One emoji.
    Emoji,
}

/// The plainest title that is true of any conversation with us.
const TITLE: &str = "政府工作报告问答";
/// Longest title taken from a conversation, in characters.
const TITLE_CHARS: usize = 24;

/// The reply to a housekeeping prompt; `None` for a real question.
pub(crate) fn reply(chat: &Conversation) -> Option<String> {
    let (template, prompt) = recognise(chat)?;
    Some(match template.task {
        Task::Title => title(chat, template, prompt),
        Task::TitleJson => json!({ "title": title(chat, template, prompt) }).to_string(),
        Task::DifyTitle => json!({
            "Language Type": "The user's input is written in the language of its words",
            "Your Reasoning": "The title is the beginning of the user's own words",
            "Your Output": title(chat, template, prompt),
        })
        .to_string(),
        Task::Tags => json!({ "tags": ["政府工作报告"] }).to_string(),
        Task::FollowUps => json!({ "follow_ups": [] }).to_string(),
        Task::Questions => "[]".into(),
        Task::Queries => json!({ "queries": [] }).to_string(),
        Task::Completion => json!({ "text": "" }).to_string(),
        Task::ImagePrompt => json!({ "prompt": "" }).to_string(),
        Task::ToolCalls => json!({ "tool_calls": [] }).to_string(),
        Task::Summary => TITLE.into(),
        Task::Emoji => "📄".into(),
    })
}

/// The template that the conversation ends with, and the message that its material stands in. A system message counts
/// only where its template comes with the user's message that belongs to it, or where nothing of the user follows it.
fn recognise(chat: &Conversation) -> Option<(&'static Template, &str)> {
    TEMPLATES.iter().find_map(|template| {
        let prompt = match template.user {
            None => {
                let last = chat.closing.as_deref().unwrap_or(&chat.message);
                fits(template.prompt, last).then_some(last)
            }
            Some(user) => {
                let whole = chat.closing.is_none() && fits(template.prompt, &chat.instructions);
                (whole && fits(user, &chat.message)).then_some(chat.message.as_str())
            }
        };
        prompt.map(|prompt| {
            tracing::debug!(front_end = template.front_end, task = ?template.task, "housekeeping");
            (template, prompt)
        })
    })
}

/// The first thing that the user asked, as far as it can be found, else the plainest title.
fn title(chat: &Conversation, template: &Template, prompt: &str) -> String {
    let said = || chat.history.iter().find(|turn| turn.from_user).map(|turn| turn.text.as_str());
    let quoted = || {
        let after = template.topic_after;
        let at = if after.is_empty() { None } else { prompt.find(after) };
        at.map(|at| &prompt[at + after.len()..])
    };
    // Where the front end sends its prompt after the whole conversation, the question before it opens the conversation.
    let asked = || chat.closing.is_some().then_some(chat.message.as_str());
    let topic = quoted().or_else(said).or_else(asked).unwrap_or_default().trim();
    let first = topic.lines().next().unwrap_or_default().split('"').next().unwrap_or_default();
    let title: String = first.chars().filter(|c| !c.is_control()).take(TITLE_CHARS).collect();
    if title.trim().is_empty() { TITLE.into() } else { title }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::Message;
    use serde_json::Value;

    fn reply_to(messages: Value) -> Option<String> {
        let messages: Vec<Message> = serde_json::from_value(messages).unwrap();
        reply(&Conversation::read(&messages).unwrap())
    }

    fn user(text: &str) -> Value {
        json!([{ "role": "user", "content": text }])
    }

    const QUESTION: &str = "2025年新建智能化煤矿多少座";

    /// Prompts as the front ends send them, the wording between the fixed pieces shortened.
    #[test]
    fn prompts_of_front_ends_get_harmless_replies() {
        let open_webui = |task: &str, output: &str| {
            user(&format!(
                "### Task:\n{task}\n### Guidelines:\n- Be brief.\n### Output:\nJSON format: {output}\n### Chat History:\n\
                 <chat_history>\nUSER: {QUESTION}\nASSISTANT: 130座\n</chat_history>"
            ))
        };
        let titled = json!({ "title": QUESTION }).to_string();
        let table = [
            (
                "Open WebUI title",
                open_webui(
                    "Generate a concise, 3-5 word title with an emoji summarizing the chat history.",
                    "{ \"title\": \"…\" }",
                ),
                titled.as_str(),
            ),
            (
                "Open WebUI tags",
                open_webui("Generate 1-3 broad tags categorizing the main themes.", "{ \"tags\": [\"tag1\"] }"),
                r#"{"tags":["政府工作报告"]}"#,
            ),
            (
                "Open WebUI follow-ups",
                open_webui(
                    "Suggest 3-5 relevant follow-up questions or prompts.",
                    "{ \"follow_ups\": [\"Question 1?\"] }",
                ),
                r#"{"follow_ups":[]}"#,
            ),
            (
                "Open WebUI queries",
                open_webui(
                    "Analyze the chat history to determine the necessity of generating search queries.",
                    "{ \"queries\": [] }",
                ),
                r#"{"queries":[]}"#,
            ),
            (
                "Open WebUI emoji",
                user(
                    "Your task is to reflect the speaker's likely facial expression through a fitting emoji.\n\nMessage: ```你好```",
                ),
                "📄",
            ),
            (
                "Open WebUI tools",
                json!([
                    { "role": "system", "content": "Available Tools: []\n\nYour task is to choose and return the correct tool(s) from the list.\n\n{\n  \"tool_calls\": []\n}" },
                    { "role": "user", "content": format!("Query: History:\nUSER: {QUESTION}") },
                ]),
                r#"{"tool_calls":[]}"#,
            ),
            (
                "LibreChat structured title",
                user(&format!(
                    "Analyze this conversation and provide:\n1. The detected language of the conversation\n2. A concise title in the detected \
                     language (5 words or less)\n\nUser: {QUESTION}\nAI: 130座"
                )),
                QUESTION,
            ),
            (
                "LibreChat title",
                user(&format!(
                    "Provide a concise, 5-word-or-less title for the conversation, using title case conventions. Only return the title \
                     itself.\n\nConversation:\nUser: {QUESTION}\nAI: 130座"
                )),
                QUESTION,
            ),
            (
                "LobeChat title",
                json!([
                    { "role": "system", "content": "You are a professional conversation summarizer. Generate a concise title.\n\nRules:\n- Maximum 10 words\n- Keep it short and to the point" },
                    { "role": "user", "content": format!("user: {QUESTION}\nassistant: 130座") },
                ]),
                QUESTION,
            ),
            (
                "NextChat topic",
                json!([
                    { "role": "user", "content": QUESTION },
                    { "role": "assistant", "content": "130座" },
                    { "role": "user", "content": "使用四到五个字直接返回这句话的简要主题，不要解释、不要标点、不要语气词、不要多余文本，不要加粗，如果没有主题，请直接返回“闲聊”" },
                ]),
                QUESTION,
            ),
            (
                "NextChat summary",
                json!([
                    { "role": "user", "content": QUESTION },
                    { "role": "assistant", "content": "130座" },
                    { "role": "system", "content": "简要总结一下对话内容，用作后续的上下文提示 prompt，控制在 200 字以内" },
                ]),
                TITLE,
            ),
            (
                "Dify questions",
                user(
                    "Please help me predict the three most likely questions that human would ask, and keep each question under 20 \
                      characters.\n[\"question1\",\"question2\",\"question3\"]\nHuman: 你好",
                ),
                "[]",
            ),
            (
                "Chatbox name",
                user(&format!(
                    "Based on the chat history, give this conversation a name.\nKeep it short.\n\nHere's the conversation:\n\n```\n{QUESTION}\n\n\
                     ---------\n\n130座\n```\n\nName this conversation in 10 characters or less.\nOnly give the name, nothing else.\n\nThe name is:"
                )),
                QUESTION,
            ),
        ];
        for (name, messages, expected) in table {
            assert_eq!(reply_to(messages).as_deref(), Some(expected), "{name}");
        }
    }

    #[test]
    fn difys_title_is_the_users_words_in_difys_form() {
        let prompt = format!(
            "You need to decompose the user's input into \"subject\" and \"intention\".\n\nexample 1:\nUser Input: hello\n{{}}\n\n\
             User Input:\n{QUESTION}\n"
        );
        let reply: Value = serde_json::from_str(&reply_to(user(&prompt)).unwrap()).unwrap();
        assert_eq!(reply["Your Output"], QUESTION);
    }

    #[test]
    fn questions_to_the_reports_are_no_housekeeping_whatever_the_system_prompt_says() {
        for question in [
            QUESTION,
            "报告的标题是什么",
            "请为以上对话生成一个简短的标题",
            "总结一下2025年煤炭方面的安排",
            "What is the title of the 2025 report?",
            "### Task:\nGenerate a concise, 3-5 word title",
            "生成式人工智能方面有什么安排",
        ] {
            assert_eq!(reply_to(user(question)), None, "{question}");
            for system in [
                "你在对话中回答问题，并为每次对话生成一个标题。",
                "使用四到五个字直接返回这句话的简要主题，不要解释、不要标点、不要语气词、不要多余文本，如果没有主题，请直接返回“闲聊”",
                "You are a professional conversation summarizer.\nRules:\n- Keep it short and to the point",
            ] {
                let messages =
                    json!([{ "role": "system", "content": system }, { "role": "user", "content": question }]);
                assert_eq!(reply_to(messages), None, "{system}: {question}");
            }
        }
    }

    #[test]
    fn what_a_front_end_attaches_does_not_make_a_question_housekeeping() {
        let rag = format!(
            "### Task:\nRespond to the user query using the provided context, incorporating inline citations.\n### Output:\nBe clear.\n\
             <context>\n<source id=\"1\">对话 生成 标题</source>\n</context>\n\n<user_query>\n{QUESTION}\n</user_query>"
        );
        assert_eq!(reply_to(user(&rag)), None);
        let messages: Vec<Message> = serde_json::from_value(user(&rag)).unwrap();
        assert_eq!(Conversation::read(&messages).unwrap().question(), QUESTION);
    }
}
