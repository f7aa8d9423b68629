//! Bytes to text: byte order marks, UTF-8, UTF-16 without a mark, and the legacy Chinese encodings by detection.

use crate::error::{Error, Limits};

/// The text of `bytes` in whatever encoding they are; refuses what is no text.
pub(crate) fn decode(bytes: &[u8], limits: &Limits) -> Result<String, Error> {
    let (encoding, skip) = match encoding_rs::Encoding::for_bom(bytes) {
        Some((encoding, mark)) => (encoding, mark),
        None => (guess(bytes)?, 0),
    };
    let (text, _) = encoding.decode_without_bom_handling(&bytes[skip..]);
    within(text.into_owned(), limits)
}

/// The text itself, unless it is longer than the limits allow.
pub(crate) fn within(text: String, limits: &Limits) -> Result<String, Error> {
    if text.len() as u64 > limits.content_bytes {
        return Err(Error::TooLarge { what: "its text", limit: format!("{} MB", limits.content_bytes >> 20) });
    }
    Ok(text)
}

/// The bytes of a text whose percent-escapes are undone: "a%20b".
pub(crate) fn unescaped(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let hex = bytes.get(i + 1..i + 3).and_then(|h| std::str::from_utf8(h).ok());
        match hex.and_then(|h| u8::from_str_radix(h, 16).ok()).filter(|_| bytes[i] == b'%') {
            Some(byte) => {
                out.push(byte);
                i += 3;
            }
            None => {
                out.push(bytes[i]);
                i += 1;
            }
        }
    }
    out
}

fn guess(bytes: &[u8]) -> Result<&'static encoding_rs::Encoding, Error> {
    if std::str::from_utf8(bytes).is_ok() {
        return Ok(encoding_rs::UTF_8);
    }
    if let Some(encoding) = utf16_without_mark(bytes) {
        return Ok(encoding);
    }
    let controls = bytes.iter().take(64 << 10).filter(|&&b| b < 9 || (14..32).contains(&b)).count();
    if controls * 100 > bytes.len().min(64 << 10) {
        return Err(Error::UnknownFormat { found: "binary data".to_owned() });
    }
    // A UTF-8 file with a few bad bytes (cut in the middle of a character) is still UTF-8.
    let lossy = String::from_utf8_lossy(&bytes[..bytes.len().min(64 << 10)]);
    let bad = lossy.chars().filter(|&c| c == '\u{fffd}').count();
    let multibyte = lossy.chars().filter(|c| !c.is_ascii()).count();
    if multibyte >= 20 && bad * 50 < multibyte {
        return Ok(encoding_rs::UTF_8);
    }
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let guessed = detector.guess(Some(b"cn"), chardetng::Utf8Detection::Allow);
    // GB18030 contains GBK; a detector that sees little text leans to the one by its prior. What reads like a report wins.
    let sample = &bytes[..bytes.len().min(16 << 10)];
    let common = |encoding: &'static encoding_rs::Encoding| {
        encoding.decode_without_bom_handling(sample).0.chars().filter(|c| COMMON.contains(*c)).count()
    };
    let (gb, big5) = (common(encoding_rs::GB18030), common(encoding_rs::BIG5));
    Ok(if big5 > gb || (big5 == gb && guessed == encoding_rs::BIG5) { encoding_rs::BIG5 } else { encoding_rs::GB18030 })
}

/// Characters that every report is full of, in simplified and traditional form; decoded wrongly, few of them appear.
const COMMON: &str = "的一是在不了有和人大中国國年政府工作发發展经經济濟民生产產业業会會建设設全面改革，。、";

/// UTF-16 without a byte order mark: line feeds and ASCII digits leave zero bytes on one side only.
fn utf16_without_mark(bytes: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    let sample = &bytes[..bytes.len().min(4096) & !1];
    if sample.len() < 4 {
        return None;
    }
    let zeros = |side: usize| sample.iter().skip(side).step_by(2).filter(|&&b| b == 0).count();
    // High bytes of Han characters, of general and of Chinese punctuation, and of full-width forms.
    let chinese = |&&b: &&u8| matches!(b, 0x20 | 0x30 | 0xff | 0x4e..=0x9f);
    let high_bytes = |side: usize| sample.iter().skip(side).step_by(2).filter(chinese).count();
    let pairs = sample.len() / 2;
    let looks = |high: usize| {
        zeros(1 - high) * 10 < pairs && (zeros(high) + high_bytes(high)) * 10 > pairs * 9 && zeros(high) > 0
    };
    if looks(1) {
        Some(encoding_rs::UTF_16LE)
    } else if looks(0) {
        Some(encoding_rs::UTF_16BE)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "各位代表：\n　　现在，我代表省人民政府向大会报告工作。2024年新建高速公路120公里，粮食产量达到297.1亿斤，城镇新增就业47万人。\n";

    fn utf16(text: &str, big: bool) -> Vec<u8> {
        text.encode_utf16().flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() }).collect()
    }

    #[test]
    fn every_encoding_gives_the_same_text() {
        let (gb, _, _) = encoding_rs::GB18030.encode(TEXT);
        for (name, bytes) in [
            ("utf-8", TEXT.as_bytes().to_vec()),
            ("utf-8 with mark", [b"\xef\xbb\xbf", TEXT.as_bytes()].concat()),
            ("utf-16le with mark", [b"\xff\xfe".as_slice(), &utf16(TEXT, false)].concat()),
            ("utf-16be", utf16(TEXT, true)),
            ("utf-16le", utf16(TEXT, false)),
            ("gb18030", gb.into_owned()),
        ] {
            assert_eq!(decode(&bytes, &Limits::default()).unwrap(), TEXT, "{name}");
        }
    }

    #[test]
    fn big5_is_told_from_gbk() {
        let text = "各位代表，現在我代表政府向大會報告工作，請予審議。過去一年，經濟發展穩中向好，人民生活持續改善。";
        let (big5, _, _) = encoding_rs::BIG5.encode(text);
        assert_eq!(decode(&big5, &Limits::default()).unwrap(), text);
    }

    #[test]
    fn binary_data_is_refused() {
        let bytes: Vec<u8> = (0..4096u32).map(|i| (i * 37 % 251) as u8).collect();
        assert!(matches!(decode(&bytes, &Limits::default()), Err(Error::UnknownFormat { .. })));
    }
}
