//! What OpenDocument's styles say: which paragraphs are titles, how headings and lists number themselves, which sheets are
//! hidden.

use std::collections::{HashMap, HashSet};

use quick_xml::events::BytesStart;

use crate::formats::numbering::{Count, LEVELS, Level, Numbering};
use crate::formats::package::attribute;

/// A style's chain of parents is followed no further.
const MOST_PARENTS: usize = 16;
/// The numbering of headings.
pub(super) const OUTLINE: &str = "\u{0}outline";

#[derive(Debug, Default)]
struct Style {
    parent: Option<String>,
    /// The numbering that it names; the empty name takes a heading out of the outline.
    list: Option<String>,
}

#[derive(Debug, Default)]
pub(super) struct Styles {
    styles: HashMap<String, Style>,
    pub numbering: Numbering,
    hidden: HashSet<String>,
    /// The style and the numbering being read.
    open: Option<String>,
    list: Option<String>,
}

impl Styles {
    /// An element outside the body begins.
    pub fn start(&mut self, element: &str, e: &BytesStart<'_>) {
        match element {
            "style:style" => {
                self.open = attribute(e, "name");
                if let Some(name) = &self.open {
                    let (parent, list) = (attribute(e, "parent-style-name"), attribute(e, "list-style-name"));
                    self.styles.insert(name.clone(), Style { parent, list });
                }
            }
            "style:table-properties" => {
                if attribute(e, "display").is_some_and(|d| d == "false")
                    && let Some(name) = &self.open
                {
                    self.hidden.insert(name.clone());
                }
            }
            "text:list-style" => self.begin_list(attribute(e, "name")),
            "text:outline-style" => self.begin_list(Some(OUTLINE.to_owned())),
            "text:list-level-style-number"
            | "text:list-level-style-bullet"
            | "text:list-level-style-image"
            | "text:outline-level-style" => self.level(element, e),
            _ => {}
        }
    }

    /// An element outside the body ends.
    pub fn end(&mut self, element: &str) {
        match element {
            "style:style" => self.open = None,
            "text:list-style" | "text:outline-style" => self.list = None,
            _ => {}
        }
    }

    fn begin_list(&mut self, name: Option<String>) {
        if let Some(name) = &name {
            self.numbering.kinds.insert(name.clone(), Vec::new());
            self.numbering.of.insert(name.clone(), name.clone());
        }
        self.list = name;
    }

    fn level(&mut self, element: &str, e: &BytesStart<'_>) {
        let Some(levels) = self.list.as_ref().and_then(|l| self.numbering.kinds.get_mut(l)) else { return };
        let number = |key: &str| attribute(e, key).and_then(|v| v.parse::<usize>().ok()).unwrap_or(1).max(1);
        let level = number("level").min(LEVELS);
        let format = attribute(e, "num-format").unwrap_or_default();
        let bullet = element.ends_with("bullet") || element.ends_with("image");
        let count = if bullet { Count::Silent } else { count(&format) };
        // "%1.%2" where it shows the numbers of the levels above it too.
        let first = (level + 1).saturating_sub(number("display-levels")).max(1);
        let numbers: Vec<String> = (first..=level).map(|l| format!("%{l}")).collect();
        let affix = |key: &str| attribute(e, key).unwrap_or_default();
        let text = format!("{}{}{}", affix("num-prefix"), numbers.join("."), affix("num-suffix"));
        if levels.len() < level {
            levels.resize(level, Level { start: 1, count: Count::Silent, text: String::new() });
        }
        levels[level - 1] = Level { start: number("start-value"), count, text };
    }

    /// Whether a table with this style is hidden.
    pub fn is_hidden(&self, style: &str) -> bool {
        self.hidden.contains(style)
    }

    /// Whether a paragraph with this style is the document's title.
    pub fn is_title(&self, style: &str) -> bool {
        self.chain(style).any(|name| name == "Title")
    }

    /// Whether a heading with this style numbers itself.
    pub fn is_outlined(&self, style: &str) -> bool {
        let said = self.chain(style).find_map(|name| self.styles.get(name).and_then(|s| s.list.as_deref()));
        said != Some("")
    }

    /// The style and those that it is made from.
    fn chain<'a>(&'a self, style: &'a str) -> impl Iterator<Item = &'a str> {
        let parent = |name: &&'a str| self.styles.get(*name).and_then(|s| s.parent.as_deref());
        std::iter::successors(Some(style), parent).take(MOST_PARENTS)
    }
}

/// The way of counting that OpenDocument writes by its first numbers.
fn count(format: &str) -> Count {
    match format.chars().next() {
        None => Count::Silent,
        Some('一' | '壹' | '甲') => Count::Han,
        Some('①') => Count::Circled,
        Some('a') => Count::LowerLetter,
        Some('A') => Count::UpperLetter,
        Some('i') => Count::LowerRoman,
        Some('I') => Count::UpperRoman,
        _ => Count::Arabic,
    }
}
