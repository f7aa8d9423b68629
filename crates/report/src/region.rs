//! Where places stand in a text; what they are is `wenbao_lang::place`.

use std::ops::Range;

use wenbao_lang::place;

use crate::model::Region;

/// Every place named in `text`, with its range in characters: provinces by full or short name, cities by the table of
/// prefecture-level cities, the whole country.
pub fn find(text: &str) -> Vec<(Range<usize>, Region)> {
    place::find(text).into_iter().map(|(range, place)| (range, Region(place.name().to_owned()))).collect()
}

/// The province that a city lies in: "太原" in "山西".
pub fn province_of(city: &Region) -> Option<Region> {
    place::province_of(&city.0).map(|province| Region(province.short.to_owned()))
}
