//! Who gave a report, who is governor or mayor: what the head of the report says, which was read when it came in.

use std::sync::{Arc, LazyLock};

use regex::Regex;
use wenbao_index::DocumentRecord;

use crate::error::Error;
use crate::evidence::{self, Probe, Scored};
use crate::found::{Found, words};
use crate::model::{Kind, Restriction};
use crate::view::View;

/// Passages of a document that its head may lie in.
const HEAD: usize = 4;

static ASKS: LazyLock<Regex> = LazyLock::new(|| {
    const OFFICE: &str = "(?:省长|市长|县长|区长|州长|旗长|盟长|专员|自治区主席|总理)";
    let pattern = format!(
        "{OFFICE}(?:是|叫|由)?(?:谁|哪位|什么名字)|(?:谁|哪位)(?:是|当|任|担任)[^，？]{{0,10}}{OFFICE}|报告人(?:是|叫)?(?:谁|哪位|什么)|(?:谁|哪位(?:领导)?|什么人)(?:来|代表[^，？]{{0,8}})?(?:作|做|宣读)[^，？]{{0,12}}报告|报告(?:是|由|是由)?(?:谁|哪位(?:领导)?|什么人)(?:来|代表[^，？]{{0,8}})?(?:作|做|宣读|报告)"
    );
    Regex::new(&pattern).expect("a pattern of constants")
});

/// Whether a question asks who gave the report or holds the office that gives it.
fn asks(text: &str) -> bool {
    ASKS.is_match(text)
}

/// The name, quoted from the head of the newest report of the place and year that the question names. `None` where it asks for
/// something else, or reports of several places could be meant.
///
/// # Errors
/// When the index cannot be read.
pub(crate) fn speaker(
    view: &View,
    restriction: &Restriction,
    probe: &Probe,
    ranked: &mut Vec<Scored>,
) -> Result<Option<Found>, Error> {
    let cell = probe.cell;
    if !asks(&cell.text) {
        return Ok(None);
    }
    let year = cell.report_year.or(cell.period.and_then(|p| p.single_year()));
    let fits = |d: &&Arc<DocumentRecord>| {
        d.meta.speaker.is_some()
            && evidence::admits(restriction, d)
            && (year.is_none() || d.meta.year == year)
            && cell.region.as_ref().is_none_or(|region| d.meta.region.as_ref() == Some(region))
            && (restriction.regions.is_empty()
                || d.meta.region.as_ref().is_some_and(|own| restriction.regions.contains(own)))
    };
    let documents: Vec<&Arc<DocumentRecord>> = view.snapshot.documents().iter().filter(fits).collect();
    if documents.iter().any(|d| d.meta.region != documents[0].meta.region) {
        return Ok(None);
    }
    let Some(newest) = documents.into_iter().max_by_key(|d| d.meta.year) else { return Ok(None) };
    let (Some(name), Some(like)) = (&newest.meta.speaker, ranked.first().cloned()) else { return Ok(None) };
    for row in newest.rows().take(HEAD) {
        let passage = view.passage(row)?;
        let place = (0..passage.sentences.len()).find_map(|sentence| {
            let range = place_of(&passage.sentences[sentence].chars, name)?;
            Some((sentence, range))
        });
        if let Some((sentence, range)) = place {
            ranked.push(Scored { passage, sentence, ..like });
            let found = words(probe, ranked, ranked.len() - 1, range, None, Kind::Entity);
            return Ok(Some(Found { certain: true, ..found }));
        }
    }
    Ok(None)
}

/// Where a name stands, also where it is set wide: "王 某某" is 王某某.
fn place_of(chars: &[char], name: &str) -> Option<std::ops::Range<usize>> {
    let dense: Vec<usize> = (0..chars.len()).filter(|at| !chars[*at].is_whitespace()).collect();
    let wanted: Vec<char> = name.chars().collect();
    let at = dense.windows(wanted.len()).find(|window| window.iter().zip(&wanted).all(|(at, c)| chars[*at] == *c))?;
    Some(at[0]..at[at.len() - 1] + 1)
}

#[cfg(test)]
mod tests {
    use super::{asks, place_of};

    #[test]
    fn who_gave_the_report_is_asked_in_many_ways() {
        for text in [
            "2025年山西省政府工作报告是谁作的",
            "2025年的政府工作报告由谁宣读",
            "山西省长是谁",
            "谁是郴州市市长",
            "谁代表省政府作的报告",
            "报告人是谁",
        ] {
            assert!(asks(text), "{text}");
        }
        for text in ["谁更高", "报告里说谁是主体", "2025年新建多少座", "市长热线办了多少件"] {
            assert!(!asks(text), "{text}");
        }
    }

    #[test]
    fn a_name_set_wide_is_found() {
        let chars: Vec<char> = "省长　王 某某".chars().collect();
        assert_eq!(place_of(&chars, "王某某"), Some(3..7));
        assert_eq!(place_of(&chars, "李某"), None);
    }
}
