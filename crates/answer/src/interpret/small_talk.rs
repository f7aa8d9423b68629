//! What people say to a program beside asking: greetings, thanks, what it is and can do. Only a question that is nothing else
//! is small talk: a closed table, compared as a whole.

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
        None
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
