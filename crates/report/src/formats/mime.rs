//! Mails and pages saved with their parts (.eml, .mht): the page or the text among the parts; what else is attached is said.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::{Extracted, PageHead};
use crate::error::{Error, Limits};

/// Parts inside parts are followed no deeper.
const MAX_DEPTH: usize = 8;
/// No message has more parts.
const MOST_PARTS: usize = 1000;

pub(crate) fn extract(bytes: &[u8], limits: &Limits) -> Result<Extracted, Error> {
    let mut parts = Vec::new();
    collect(bytes, 0, &mut parts);
    let is = |part: &&Part, kind: &str| part.kind == kind && !part.attached;
    let chosen = parts.iter().find(|p| is(p, "text/html")).or_else(|| parts.iter().find(|p| is(p, "text/plain")));
    let Some(chosen) = chosen else {
        return Err(Error::UnknownFormat { found: "a mail without a text".to_owned() });
    };
    let text = decoded(chosen, limits)?;
    let mut out = if chosen.kind == "text/html" {
        super::html::read(&text, limits)?
    } else {
        Extracted { text, ..Extracted::default() }
    };
    let (fields, _) = split(bytes);
    out.page = PageHead {
        title: out.page.title.or_else(|| field(&fields, "subject").map(|s| words(&s)).filter(|s| !s.is_empty())),
        ..out.page
    };
    for part in parts.iter().filter(|p| p.attached) {
        out.warnings.push(format!("an attachment is not read: {}", part.name.as_deref().unwrap_or(&part.kind)));
    }
    Ok(out)
}

/// A part that holds something.
struct Part {
    /// "text/html", in lower case.
    kind: String,
    charset: Option<String>,
    attached: bool,
    name: Option<String>,
    body: Vec<u8>,
}

/// Collects the parts of a message, those of its parts included.
fn collect(bytes: &[u8], depth: usize, parts: &mut Vec<Part>) {
    if depth > MAX_DEPTH || parts.len() >= MOST_PARTS {
        return;
    }
    let (fields, body) = split(bytes);
    let content = field(&fields, "content-type").unwrap_or_else(|| "text/plain".to_owned());
    let kind = content.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if kind.starts_with("multipart/")
        && let Some(boundary) = parameter(&content, "boundary")
    {
        for piece in pieces(body, boundary.as_bytes()) {
            collect(piece, depth + 1, parts);
        }
        return;
    }
    let disposition = field(&fields, "content-disposition").unwrap_or_default();
    let name = named(&disposition, "filename").or_else(|| named(&content, "name"));
    let coding = field(&fields, "content-transfer-encoding").unwrap_or_default().trim().to_ascii_lowercase();
    let body = match coding.as_str() {
        "base64" => from_base64(body),
        "quoted-printable" => from_quoted(body),
        _ => body.to_vec(),
    };
    let attached = disposition.trim_start().to_ascii_lowercase().starts_with("attachment");
    parts.push(Part { kind, charset: parameter(&content, "charset"), attached, name, body });
}

fn decoded(part: &Part, limits: &Limits) -> Result<String, Error> {
    let declared = part.charset.as_deref().and_then(|c| encoding_rs::Encoding::for_label(c.trim().as_bytes()));
    match declared.filter(|_| std::str::from_utf8(&part.body).is_err()) {
        Some(encoding) => {
            crate::decode::within(encoding.decode_without_bom_handling(&part.body).0.into_owned(), limits)
        }
        None => crate::decode::decode(&part.body, limits),
    }
}

/// The fields of a message, unfolded, and its body behind the empty line.
fn split(bytes: &[u8]) -> (Vec<(String, String)>, &[u8]) {
    let mut fields: Vec<(String, String)> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let end = bytes[at..].iter().position(|&b| b == b'\n').map_or(bytes.len(), |n| at + n + 1);
        let line = String::from_utf8_lossy(&bytes[at..end]).trim_end().to_owned();
        at = end;
        if line.is_empty() {
            break;
        }
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut() {
                value.push(' ');
                value.push_str(line.trim_start());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    (fields, &bytes[at..])
}

fn field(fields: &[(String, String)], name: &str) -> Option<String> {
    fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone())
}

/// A parameter of a field: charset="gb2312".
fn parameter(field: &str, name: &str) -> Option<String> {
    field.split(';').skip(1).find_map(|p| {
        let (key, value) = p.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"').to_owned())
    })
}

/// A name in a field, whichever way it is coded: `filename="=?utf-8?…?="` or `filename*=utf-8''%E9%99%84` (RFC 2231).
fn named(field: &str, parameter_name: &str) -> Option<String> {
    if let Some(plain) = parameter(field, parameter_name) {
        return Some(words(&plain));
    }
    let coded = parameter(field, &format!("{parameter_name}*"))?;
    let mut parts = coded.splitn(3, '\'');
    let (charset, name) = (parts.next()?, parts.nth(1)?);
    let encoding = encoding_rs::Encoding::for_label(charset.as_bytes()).unwrap_or(encoding_rs::UTF_8);
    Some(encoding.decode_without_bom_handling(&crate::decode::unescaped(name)).0.into_owned())
}

/// The pieces between the lines of a boundary.
fn pieces<'a>(body: &'a [u8], boundary: &[u8]) -> Vec<&'a [u8]> {
    let mark = [b"--".as_slice(), boundary].concat();
    let mut starts: Vec<usize> = Vec::new();
    let mut at = 0;
    while at < body.len() && starts.len() < MOST_PARTS {
        let end = body[at..].iter().position(|&b| b == b'\n').map_or(body.len(), |n| at + n + 1);
        if body[at..end].starts_with(&mark) {
            starts.push(at);
            starts.push(end);
        }
        at = end;
    }
    // Between the end of one mark and the beginning of the next.
    starts
        .get(1..)
        .unwrap_or_default()
        .chunks(2)
        .filter_map(|c| body.get(c[0]..c.get(1).copied().unwrap_or(body.len())))
        .collect()
}

fn from_base64(body: &[u8]) -> Vec<u8> {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let solid: Vec<u8> =
        body.iter().copied().filter(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/')).collect();
    GeneralPurpose::new(&STANDARD, config.with_decode_allow_trailing_bits(true)).decode(solid).unwrap_or_default()
}

fn from_quoted(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut i = 0;
    while i < body.len() {
        if body[i] != b'=' {
            out.push(body[i]);
            i += 1;
            continue;
        }
        let hex = body.get(i + 1..i + 3).and_then(|h| std::str::from_utf8(h).ok());
        if let Some(byte) = hex.and_then(|h| u8::from_str_radix(h, 16).ok()) {
            out.push(byte);
            i += 3;
        } else {
            // A soft line end.
            i += 1;
            while matches!(body.get(i), Some(b'\r' | b' ')) {
                i += 1;
            }
            i += usize::from(body.get(i) == Some(&b'\n'));
        }
    }
    out
}

/// The words of a field, coded ones decoded: "=?gb2312?B?1f64rg==?=".
fn words(field: &str) -> String {
    let mut out = String::new();
    let mut rest = field;
    while let Some(at) = rest.find("=?") {
        out.push_str(rest[..at].trim());
        let parts: Vec<&str> = rest[at + 2..].splitn(4, '?').collect();
        let [charset, coding, text, after] = parts[..] else { break };
        let bytes = if coding.eq_ignore_ascii_case("b") {
            from_base64(text.as_bytes())
        } else {
            from_quoted(text.replace('_', " ").as_bytes())
        };
        let encoding = encoding_rs::Encoding::for_label(charset.as_bytes()).unwrap_or(encoding_rs::UTF_8);
        out.push_str(&encoding.decode_without_bom_handling(&bytes).0);
        rest = after.strip_prefix('=').unwrap_or(after);
    }
    out.push_str(rest.trim());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(mail: &str) -> Extracted {
        extract(mail.as_bytes(), &Limits::default()).unwrap()
    }

    #[test]
    fn a_mail_gives_its_text_and_its_subject() {
        let got = read(
            "From: a@b.cn\nSubject: =?utf-8?B?5oql5ZGK?=\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n5paw5aKeNeW6p+OAgg==\n",
        );
        assert_eq!(got.text, "新增5座。");
        assert_eq!(got.page.title.as_deref(), Some("报告"));
    }

    #[test]
    fn of_many_parts_the_page_is_read_and_what_is_attached_is_said() {
        let got = read(
            "MIME-Version: 1.0\nContent-Type: multipart/related; boundary=\"x\"\n\n--x\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n<html><p>=E7=B2=AE=E9=A3=9F=\n300=E4=B8=87=E5=90=A8=EF=BC=8C=E5=A2=9E=E9=95=BF=E3=80=82</p></html>\n--x\nContent-Type: application/pdf; name=a.pdf\nContent-Disposition: attachment; filename=\"a.pdf\"\nContent-Transfer-Encoding: base64\n\nAAAA\n--x--\n",
        );
        assert_eq!(got.text, "粮食300万吨，增长。\n");
        assert_eq!(got.warnings, ["an attachment is not read: a.pdf"]);
    }
}
