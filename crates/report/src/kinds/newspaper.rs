//! A page of a newspaper: several pieces, some of which print a report or parts of one. It is known by its pieces' openings
//! and not by a title.

use super::{Clock, Kind};
use crate::context::{Context, of_heading};
use crate::model::DocumentKind;

pub(super) static KIND: Kind = Kind {
    id: DocumentKind::Newspaper,
    titles: &[],
    clock: |years, date| Clock::of(years.first().copied().or(date)),
    whole: |_| Context::default(),
    heading: |text, clock| of_heading(text, clock),
};

/// Whether paragraphs are pieces of a newspaper: at least two begin as such.
pub(crate) fn is_page<'a>(mut texts: impl Iterator<Item = &'a str>) -> bool {
    let begins = |t: &&str| ["本报讯", "本报记者", "新华社", "本报评论员"].iter().any(|w| t.starts_with(w));
    texts.by_ref().filter(begins).nth(1).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_known_by_its_pieces() {
        for (lines, want) in [
            (&["本报讯（记者某某）会议开幕。", "本报评论员：再出发。"][..], true),
            (&["新华社北京电 某事。", "正文。", "本报讯 又一事。"], true),
            (&["本报讯（记者某某）会议开幕。", "一、工作回顾"], false),
            (&["各位代表："], false),
            (&[], false),
        ] {
            assert_eq!(is_page(lines.iter().copied()), want, "{lines:?}");
        }
    }
}
