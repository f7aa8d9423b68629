//! What people say to a program beside asking: greetings, thanks, what it is and can do. Only a question that is nothing else
//! is small talk: a closed table and a few forms, compared as a whole.

use std::sync::LazyLock;

use regex::Regex;

use super::normalise::regex;

/// What kind of small talk it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmallTalk {
    /// A greeting, or what the program is and can do: it says so, with examples.
    Hello,
    /// Thanks.
    Thanks,
    /// A farewell.
    Bye,
}

/// Whole utterances, folded: no white space, no punctuation, lower case.
const HELLO: &[&str] = &[
    "你好",
    "您好",
    "你们好",
    "大家好",
    "嗨",
    "哈喽",
    "哈啰",
    "早",
    "早上好",
    "上午好",
    "中午好",
    "下午好",
    "晚上好",
    "在吗",
    "在不在",
    "有人吗",
    "你是谁",
    "您是谁",
    "你是什么",
    "你叫什么",
    "你叫什么名字",
    "你是机器人",
    "你是人工智能",
    "介绍一下你自己",
    "介绍下你自己",
    "自我介绍一下",
    "你能做什么",
    "你能干什么",
    "你能干嘛",
    "你会什么",
    "你会做什么",
    "你可以做什么",
    "你有什么功能",
    "怎么用",
    "怎么使用",
    "如何使用",
    "帮助",
    "使用说明",
    "能问什么",
    "我能问什么",
    "我可以问什么",
    "可以问什么",
    "可以问你什么",
    "hi",
    "hello",
    "hey",
    "hithere",
    "hellothere",
    "goodmorning",
    "goodafternoon",
    "goodevening",
    "whoareyou",
    "whatareyou",
    "whatisyourname",
    "whatsyourname",
    "introduceyourself",
    "whatcanyoudo",
    "whatcaniask",
    "whatcaniaskyou",
    "howdoesthiswork",
    "howdoiusethis",
    "help",
    "helpme",
    "こんにちは",
    "こんばんは",
    "おはよう",
    "おはようございます",
    "はじめまして",
    "あなたは誰ですか",
    "あなたは誰",
    "あなたは何ですか",
    "何ができますか",
    "何ができる",
    "使い方",
    "使い方を教えて",
    "ヘルプ",
    "안녕",
    "안녕하세요",
    "안녕하십니까",
    "누구세요",
    "당신은누구입니까",
    "너는누구야",
    "무엇을할수있나요",
    "뭘할수있어",
    "도움말",
    "привет",
    "здравствуйте",
    "здравствуй",
    "добрыйдень",
    "доброеутро",
    "добрыйвечер",
    "ктоты",
    "ктовы",
    "чтотытакое",
    "чтотыумеешь",
    "чтовыумеете",
    "помощь",
];
const THANKS: &[&str] = &[
    "谢谢",
    "谢谢你",
    "谢谢您",
    "谢谢啦",
    "谢了",
    "多谢",
    "感谢",
    "非常感谢",
    "太感谢了",
    "好的谢谢",
    "辛苦了",
    "辛苦",
    "好的",
    "好",
    "嗯",
    "知道了",
    "明白了",
    "thanks",
    "thankyou",
    "thankyouverymuch",
    "thanksalot",
    "manythanks",
    "thx",
    "ok",
    "okay",
    "gotit",
    "ありがとう",
    "ありがとうございます",
    "ありがとうございました",
    "どうも",
    "감사합니다",
    "고맙습니다",
    "고마워요",
    "고마워",
    "спасибо",
    "большоеспасибо",
    "благодарю",
];
const BYE: &[&str] = &[
    "再见",
    "拜拜",
    "拜",
    "回见",
    "下次见",
    "晚安",
    "bye",
    "byebye",
    "goodbye",
    "seeyou",
    "seeyoulater",
    "goodnight",
    "さようなら",
    "またね",
    "バイバイ",
    "안녕히계세요",
    "안녕히가세요",
    "잘가",
    "досвидания",
    "пока",
];

/// The same said in other words: the forms that such phrases have, over the whole folded utterance.
static FORMS: LazyLock<[(Regex, SmallTalk); 3]> = LazyLock::new(|| {
    let hello = [
        "(?:你|您|你们|大家|各位)?(?:早上|上午|中午|下午|晚上)?好",
        "(?:请问)?(?:你|您)(?:们|都|还|到底|究竟|现在)*(?:能|会|可以|能够|是|叫)(?:帮我|帮忙|帮助我|为我|给我)?(?:做|干|回答|提供|解答|查|查询|帮)*(?:些|点|一些)?(?:什么|啥|谁|哪些(?:事情?|问题|东西|忙|帮助|功能)?)(?:事情?|问题|东西|忙|帮助|功能|名字|模型|系统|程序)?",
        "(?:请问)?(?:我)?(?:怎么|如何|怎样|该怎么|应该怎么)(?:使用|用|问|提问)(?:你|您|它|这个|这个(?:系统|程序|工具|网站))?",
        "(?:请问)?(?:我|你)?(?:都)?(?:能|可以|该|应该)(?:向你|跟你)?(?:问|查|提问)(?:你|您)?(?:些|点|一些)?(?:什么|啥|哪些(?:问题|内容|东西)?)(?:问题)?",
        "(?:请)?(?:介绍|说说|讲讲)(?:一下|下)?(?:你|您)(?:自己)?",
        "(?:hi|hello|hey|greetings|good(?:morning|afternoon|evening|day))(?:there|all|everyone|again|wenbao)?",
        "what(?:can|could|do)you(?:do|know|answer|offer|helpwith|helpmewith)(?:forme|here)?",
        "what(?:else)?cani(?:ask|do)(?:you|here)?",
        "how(?:do|can|should)i(?:use|askyou|startwith)(?:you|this|it|questions)?",
        "how(?:do|does)(?:you|this|it)work",
    ];
    let thanks = [
        "(?:好的?|非常|十分|太|真是?|那|嗯|行|多)*(?:谢谢|感谢|多谢|谢)(?:你|您|了|啦|大家|的?(?:帮助|回答|解答|支持)|辛苦)*",
        "(?:你|您)?(?:真|太|好|很)(?:棒|厉害|好|不错|聪明|赞)",
        "(?:ok|okay|great|perfect)?thank(?:s|you)(?:so|very|much|alot|again|foryourhelp|forthehelp|foreverything)*",
    ];
    let bye = ["(?:那|好的?)?(?:再见|拜拜|回头见|明天见|下次再?聊|先这样)"];
    let whole = |forms: &[&str]| regex(&format!("^(?:{})$", forms.join("|")));
    [(whole(&hello), SmallTalk::Hello), (whole(&thanks), SmallTalk::Thanks), (whole(&bye), SmallTalk::Bye)]
});

/// Particles that a phrase may end in.
const PARTICLES: &[char] = &['啊', '呀', '呢', '吗', '哦', '哈', '吧', '啦', '了', '嘛', '呐'];

/// The small talk that a question is, if it is nothing else; of several (你好，你是谁) the last.
pub fn small_talk(text: &str) -> Option<SmallTalk> {
    let parts = text.split(|c: char| "，。！？、；,.!?;~～\n…".contains(c));
    let parts: Vec<String> = parts
        .map(|part| part.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect())
        .filter(|part: &String| !part.is_empty())
        .collect();
    let kinds: Option<Vec<SmallTalk>> = parts.iter().map(|part| kind(part)).collect();
    kinds?.pop()
}

fn kind(part: &str) -> Option<SmallTalk> {
    let bare = part.trim_end_matches(PARTICLES);
    let known = |table: &[&str]| table.contains(&part) || table.contains(&bare);
    if known(HELLO) {
        Some(SmallTalk::Hello)
    } else if known(THANKS) {
        Some(SmallTalk::Thanks)
    } else if known(BYE) {
        Some(SmallTalk::Bye)
    } else {
        FORMS.iter().find(|(form, _)| form.is_match(part) || form.is_match(bare)).map(|(_, talk)| *talk)
    }
}

#[cfg(test)]
mod tests {
    use super::{SmallTalk, small_talk};

    #[test]
    fn only_what_is_nothing_else_is_small_talk() {
        for (text, expected) in [
            ("你好", Some(SmallTalk::Hello)),
            ("您好！请问", None),
            ("你好，你是谁呀？", Some(SmallTalk::Hello)),
            ("谢谢啦", Some(SmallTalk::Thanks)),
            ("Thank you!", Some(SmallTalk::Thanks)),
            ("До свидания", Some(SmallTalk::Bye)),
            ("您都能回答哪些问题", Some(SmallTalk::Hello)),
            ("我该怎么用你？", Some(SmallTalk::Hello)),
            ("How do I use this?", Some(SmallTalk::Hello)),
            ("太感谢您的帮助了", Some(SmallTalk::Thanks)),
            ("那明天见", Some(SmallTalk::Bye)),
            ("谁来作报告", None),
            ("怎么用电", None),
            ("可以查哪些指标", None),
            ("你好，2025年新建智能化煤矿多少座", None),
            ("怎么用好专项债", None),
            ("为什么", None),
            ("", None),
            ("？", None),
        ] {
            assert_eq!(small_talk(text), expected, "{text}");
        }
    }
}
