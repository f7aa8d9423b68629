//! What filters ask of a passage or a sentence, in columns: a filter is answered without touching the truth.

use serde::{Deserialize, Serialize};
use wenbao_report::{Meta, Passage, Region};

use crate::entry::{Facts, facts, statuses};
use crate::graph::Mask;
use crate::{Filter, Grain};

/// Years of something without a period: an empty span.
const UNDATED: (i16, i16) = (i16::MAX, i16::MIN);

/// The columns of one grain in one segment.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Columns {
    /// First and last year.
    years: Vec<(i16, i16)>,
    /// Bits of [`statuses`]; a passage has its sentences' too.
    statuses: Vec<u8>,
    /// Index into the segment's regions; [`Regions::NONE`] for none.
    regions: Vec<u16>,
}

/// The columns of a grain as they are stored: years (first and last in turn), statuses, regions.
pub(crate) type Parts<'a> = (Vec<i16>, &'a [u8], &'a [u16]);

/// The regions of a segment.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Regions(Vec<Region>);

impl Regions {
    pub const NONE: u16 = u16::MAX;

    fn number(&mut self, region: Option<&Region>) -> u16 {
        let Some(region) = region else { return Self::NONE };
        let at = self.0.iter().position(|known| known == region).unwrap_or_else(|| {
            self.0.push(region.clone());
            self.0.len() - 1
        });
        // More regions than there are counties in China is no table of regions: the rest counts as none.
        u16::try_from(at).unwrap_or(Self::NONE)
    }
}

/// Both grains of one segment.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Attributes {
    pub passages: Columns,
    pub sentences: Columns,
    pub regions: Regions,
}

impl Attributes {
    /// Adds a passage and its sentences.
    pub fn push(&mut self, meta: Option<&Meta>, passage: &Passage) {
        let region = passage.region.as_ref().or(meta.and_then(|m| m.region.as_ref()));
        let region = self.regions.number(region);
        let (whole, each) = facts(passage);
        let years = |facts: Facts| facts.years.unwrap_or(UNDATED);
        for facts in each {
            self.sentences.push(years(facts), facts.statuses, region);
        }
        self.passages.push(years(whole), whole.statuses, region);
    }

    /// Adds a passage of another segment, with its sentences.
    pub fn absorb(&mut self, other: &Self, passage: usize, sentences: std::ops::Range<usize>) {
        let region = self.regions.number(other.regions.0.get(usize::from(other.passages.regions[passage])));
        self.passages.push(other.passages.years[passage], other.passages.statuses[passage], region);
        for at in sentences {
            self.sentences.push(other.sentences.years[at], other.sentences.statuses[at], region);
        }
    }

    /// Those of a grain.
    fn columns(&self, grain: Grain) -> &Columns {
        match grain {
            Grain::Passage => &self.passages,
            Grain::Sentence => &self.sentences,
        }
    }

    /// The entries whose years, region and status the filter lets pass; `None` where it asks for none of these.
    pub fn mask(&self, grain: Grain, filter: &Filter) -> Option<Mask> {
        let columns = self.columns(grain);
        let years = filter.years.map(|(from, to)| {
            let year = |y: i32| y.clamp(i32::from(i16::MIN) + 1, i32::from(i16::MAX) - 1) as i16;
            let (from, to, undated) = (year(from), year(to), filter.undated);
            // Only what is undated begins after it ends.
            Mask::of_values(&columns.years, |(first, last)| {
                ((first <= to) & (last >= from)) | (undated & (first > last))
            })
        });
        let statuses = (!filter.statuses.is_empty()).then(|| {
            let wanted = statuses(&filter.statuses);
            Mask::of_values(&columns.statuses, |status| status & wanted != 0)
        });
        let regions = (!filter.regions.is_empty()).then(|| {
            let mut wanted: Vec<bool> = self.regions.0.iter().map(|region| filter.regions.contains(region)).collect();
            // Behind the last one: no region, or one of a damaged file.
            wanted.push(false);
            let last = wanted.len() - 1;
            Mask::of_values(&columns.regions, |region| wanted[usize::from(region).min(last)])
        });
        [years, statuses, regions].into_iter().flatten().reduce(|a, b| a.and(&b))
    }
}

impl Columns {
    /// For the file.
    pub fn parts(&self) -> Parts<'_> {
        (self.years.iter().flat_map(|&(from, to)| [from, to]).collect(), &self.statuses, &self.regions)
    }

    /// From the file.
    pub fn from_parts(years: &[i16], statuses: Vec<u8>, regions: Vec<u16>) -> Self {
        Self { years: years.chunks_exact(2).map(|y| (y[0], y[1])).collect(), statuses, regions }
    }

    fn push(&mut self, years: (i16, i16), statuses: u8, region: u16) {
        self.years.push(years);
        self.statuses.push(statuses);
        self.regions.push(region);
    }
}
