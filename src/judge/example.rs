//! Seven seconds of finished music as measured, with what another program of the same rules makes of them.
//! Bands and envelopes only; no sound can be got back.

use super::measure::{Cell, Cells, ENVELOPE_HZ, Envelope, Faults, Measured};
use crate::signal::loudness::Readings;
use std::collections::BTreeMap;

/// A clean one that is a little wide, and one with a range of bands of reversed polarity.
pub(super) const EXAMPLES: [&str; 2] =
    [include_str!("testdata/clean.json"), include_str!("testdata/band-inverted.json")];

pub(super) struct Example {
    page: serde_json::Value,
    pub(super) features: BTreeMap<String, Vec<f64>>,
    /// Severities by kind.
    pub(super) severity: BTreeMap<String, f64>,
    /// Amounts by kind.
    pub(super) amount: BTreeMap<String, f64>,
}

impl Example {
    pub(super) fn parse(text: &str) -> Self {
        let page: serde_json::Value = serde_json::from_str(text).unwrap();
        let features = serde_json::from_value(page["features"].clone()).unwrap();
        let severity = serde_json::from_value(page["severity"].clone()).unwrap();
        let amount = serde_json::from_value(page["amount"].clone()).unwrap();
        Example { page, features, severity, amount }
    }

    /// The headphone that fits best, and its response at third octaves.
    pub(super) fn headphone(&self) -> (String, Vec<(f64, f64)>) {
        let headphone = &self.page["headphone"];
        (
            headphone["name"].as_str().unwrap().into(),
            serde_json::from_value(headphone["response_db"].clone()).unwrap(),
        )
    }

    fn numbers(&self, key: &str) -> Vec<f64> {
        serde_json::from_value(self.page[key].clone()).unwrap()
    }

    pub(super) fn measured(&self) -> Measured {
        let cell = |c: &[f64]| Cell { ll: c[0] as f32, rr: c[1] as f32, lr: c[2] as f32 };
        let powers = |p: &[f64]| std::array::from_fn(|n| p[n] as f32);
        let pair = |key: &str| self.numbers(key).try_into().unwrap();
        Measured {
            rate_hz: 48_000.0,
            duration_s: 7.0,
            cells: Cells::new(0.1, self.numbers("cells").chunks(3).map(cell).collect()),
            envelope: Envelope {
                hop_s: 0.01,
                powers: self.numbers("env").chunks(ENVELOPE_HZ.len()).map(powers).collect(),
            },
            faults: Faults { offset: pair("dc"), rms: pair("rms"), samples: 336_000, ..Faults::default() },
            loudness: Readings {
                integrated_lufs: -14.0,
                momentary_max_lufs: -10.0,
                short_term_max_lufs: -12.0,
                loudness_range_lu: 5.0,
                true_peak_dbtp: self.page["true_peak_db"].as_f64().unwrap(),
                sample_peak_dbfs: -1.0,
            },
        }
    }
}
