//! Pages that the server writes itself: plain, without scripts, readable in the dark and on paper.

/// A page.
pub(crate) struct Page<'a> {
    /// Its title, as text.
    pub title: &'a str,
    /// Its body, as HTML.
    pub body: &'a str,
}

/// What such a page may load: nothing but its own style.
pub(crate) const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const STYLE: &str = "\
:root{color-scheme:light dark;--pale:#8881;--line:#8884;--mark:#ffe58a;--ink:#111}\
@media(prefers-color-scheme:dark){:root{--mark:#7a5c00;--ink:#fff}}\
body{font:1.05rem/1.8 system-ui,\"Noto Sans CJK SC\",sans-serif;max-width:46rem;margin:0 auto;padding:1.5rem}\
h1{font-size:1.35rem;line-height:1.4;margin:.2rem 0}h2{font-size:1.05rem;margin:1.6rem 0 .4rem}\
.kind,.section,dt{opacity:.7;font-size:.9rem;margin:0}main>p{margin:.7rem 0}\
.here{background:var(--pale);border-left:3px solid var(--line);padding:.4rem .9rem}\
mark{background:var(--mark);color:var(--ink);padding:.1em 0}footer{border-top:1px solid var(--line);margin-top:2rem}\
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem;font-size:.9rem}dd{margin:0;overflow-wrap:anywhere}\
pre{overflow:auto;background:var(--pale);padding:.7rem;font-size:.85rem;line-height:1.5}code{font-size:.9em}\
table{border-collapse:collapse;width:100%;font-size:.9rem}th,td{text-align:left;vertical-align:top;padding:.2rem .6rem .2rem 0;\
border-bottom:1px solid var(--line)}@media print{.here{border-color:#000}mark{text-decoration:underline}}";

impl Page<'_> {
    /// The whole page.
    pub fn render(&self) -> String {
        format!(
            "<!doctype html><html lang=\"zh\"><head><meta charset=\"utf-8\"><title>{}</title>\
             <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><style>{STYLE}</style></head>\
             <body>{}</body></html>",
            escape(self.title),
            self.body,
        )
    }
}

/// Text as HTML.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}
