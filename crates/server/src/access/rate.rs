//! How many requests a key may make.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Requests that a key may make at once, as a share of what it may make in a minute.
const AT_ONCE: f64 = 0.25;

/// A bucket a key that fills evenly: so many requests a minute, a quarter of them at once.
#[derive(Debug)]
pub(crate) struct Rate {
    a_second: f64,
    at_once: f64,
    /// What is left of each key, and when that was counted.
    left: Mutex<HashMap<usize, (f64, Instant)>>,
}

impl Rate {
    /// `a_minute` requests of each key.
    pub fn new(a_minute: u32) -> Self {
        let a_minute = f64::from(a_minute.max(1));
        Self { a_second: a_minute / 60.0, at_once: (a_minute * AT_ONCE).max(1.0), left: Mutex::default() }
    }

    /// Takes one request of a key; else how long until there is one.
    pub fn take(&self, key: usize, now: Instant) -> Result<(), Duration> {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, since) = left.entry(key).or_insert((self.at_once, now));
        let filled = now.saturating_duration_since(*since).as_secs_f64() * self.a_second;
        (*count, *since) = ((*count + filled).min(self.at_once), now);
        if *count < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - *count) / self.a_second));
        }
        *count -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_asked_too_much_waits_and_no_other_does() {
        let (rate, start) = (Rate::new(8), Instant::now());
        assert_eq!((rate.take(0, start), rate.take(0, start)), (Ok(()), Ok(())));
        let wait = rate.take(0, start).unwrap_err();
        assert!((7.0..7.6).contains(&wait.as_secs_f64()), "{wait:?}");
        assert_eq!(rate.take(1, start), Ok(()));
        assert!(rate.take(0, start + Duration::from_secs(7)).is_err());
        assert_eq!(rate.take(0, start + Duration::from_secs(15)), Ok(()));
        // A long pause does not save up more than may be asked at once.
        let later = start + Duration::from_secs(3600);
        assert_eq!((rate.take(0, later), rate.take(0, later)), (Ok(()), Ok(())));
        assert!(rate.take(0, later).is_err());
    }
}
