//! Every parameter once: id, unit, range, default and one sentence, for every face.
//!
//! A flag of the command line, a slider of a page and a knob of a plugin are made from these definitions; none
//! of them states a range or a default of its own. Ids are stable for ever.

/// A number within a range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number {
    /// Stable name.
    pub id: &'static str,
    /// Unit as it is written behind the number.
    pub unit: &'static str,
    /// Least allowed value.
    pub least: f64,
    /// Greatest allowed value.
    pub greatest: f64,
    /// What holds if nothing is said.
    pub default: f64,
    /// One sentence for the person who sets it.
    pub sentence: &'static str,
}

impl Number {
    /// Reads a value; the error says what is allowed.
    pub fn parse(&self, text: &str) -> Result<f64, String> {
        let digits = text.trim().trim_end_matches(self.unit).trim_end();
        match digits.parse::<f64>() {
            Ok(value) if (self.least..=self.greatest).contains(&value) => Ok(value),
            _ => Err(format!("expected a number from {} to {} {}", self.least, self.greatest, self.unit)),
        }
    }
}

/// One of several named choices.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    /// Stable name.
    pub id: &'static str,
    /// Stable names of the choices, each with a few words.
    pub choices: &'static [(&'static str, &'static str)],
    /// What holds if nothing is said.
    pub default: &'static str,
    /// One sentence for the person who sets it.
    pub sentence: &'static str,
}

/// Something that is on or off, off if nothing is said.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Switch {
    /// Stable name.
    pub id: &'static str,
    /// One sentence for the person who sets it.
    pub sentence: &'static str,
}

/// A name that is looked up: a system, a headphone, a file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Name {
    /// Stable name.
    pub id: &'static str,
    /// One sentence for the person who sets it.
    pub sentence: &'static str,
}

/// Which system plays.
pub const SYSTEM: Name = Name {
    id: "system",
    sentence: "The playback system: an id from the catalogue, or a system file of your own",
};

/// Which headphone is worn.
pub const HEADPHONE: Name = Name {
    id: "headphone",
    sentence: "The headphones you wear: a name from the catalogue, a measurement or EQ file, or `none`; their own response is \
               taken out (default: what headphones are like on average)",
};

/// Whose ears.
pub const HRTF: Name =
    Name { id: "hrtf", sentence: "Other ears than the built-in ones: a SOFA file (SimpleFreeFieldHRIR)" };

/// How the headphone seals.
pub const SEAL: Choice = Choice {
    id: "seal",
    choices: &[
        ("tight", "cushions close all around"),
        ("hair", "hair under the cushions"),
        ("glasses", "glasses break the seal"),
        ("loose", "a bad fit"),
    ],
    default: "tight",
    sentence: "How well the cushions seal on your head; leaks take away bass, and that is made up for as far as is safe",
};

/// How much of the room is heard.
pub const ROOM: Number = Number {
    id: "room",
    unit: "%",
    least: 0.0,
    greatest: 100.0,
    default: 100.0,
    sentence: "How much of the room is heard; 0 is the loudspeaker alone, in the open",
};

/// Whether the place makes its noise.
pub const NOISE: Choice = Choice {
    id: "noise",
    choices: &[("on", "at its level relative to the music"), ("off", "a silent place")],
    default: "on",
    sentence: "The noise of the place: the road in the car, the fridge in the kitchen",
};

/// Whether rooms and heads keep their colour.
pub const TIMBRE: Choice = Choice {
    id: "timbre",
    choices: &[
        ("true", "as it sounds there"),
        ("neutral", "most of the room's and the head's colour taken back, for long work"),
    ],
    default: "true",
    sentence: "Whether the room and the head keep their colour; the loudspeakers keep theirs",
};

/// Whether systems play equally loud.
pub const LEVELS: Choice = Choice {
    id: "levels",
    choices: &[
        ("matched", "every system equally loud"),
        ("true", "louder systems are louder, by at most 6 dB"),
    ],
    default: "matched",
    sentence: "Matched makes every system as loud as the studio, for a fair comparison; true keeps their differences",
};

/// Listening level on the system.
pub const LEVEL: Number = Number {
    id: "level",
    unit: "dBA",
    least: 40.0,
    greatest: 110.0,
    default: 79.0,
    sentence: "How loud the system is turned up where the listener sits; small devices compress and distort when loud \
               (default: what is usual for each system)",
};

/// How loud one mixes.
pub const MIXING_LEVEL: Number = Number {
    id: "mixing-level",
    unit: "dBA",
    least: 40.0,
    greatest: 100.0,
    default: 72.0,
    sentence: "How loud your headphones play while you mix; what lies below the threshold of hearing there is hidden from you",
};

/// Which device of the population.
pub const DRAW: Number = Number {
    id: "draw",
    unit: "",
    least: 0.0,
    greatest: 9_999.0,
    default: 0.0,
    sentence: "Another device of the same kind: 0 is the typical car, 1 is somebody's car, 2 somebody else's",
};

/// The ceiling of the output.
pub const CEILING: Number = Number {
    id: "ceiling",
    unit: "dBTP",
    least: -20.0,
    greatest: 0.0,
    default: -1.0,
    sentence: "No true peak of the output goes above this; it is said when the limiter had to work",
};

/// How loud a render comes out at most.
pub const LOUDNESS: Number = Number {
    id: "loudness",
    unit: "LUFS",
    least: -36.0,
    greatest: -9.0,
    default: -20.0,
    sentence: "How loud the renders come out, unless the mix itself is quieter; lower values leave more room for peaks",
};

/// The sum of both sides.
pub const MONO: Switch = Switch { id: "mono", sentence: "Hear the sum of left and right on both sides" };

/// What the sum loses.
pub const SIDE: Switch =
    Switch { id: "side", sentence: "Hear the difference of left and right, which a mono sum loses" };

/// The sides change places.
pub const SWAP: Switch = Switch { id: "swap", sentence: "Left and right change places" };

/// Softer for a while.
pub const DIM: Switch = Switch { id: "dim", sentence: "20 dB softer, to talk" };

/// The headphones without a system.
pub const REFERENCE: Switch = Switch {
    id: "reference",
    sentence: "Plain headphones as loud as the systems, without any loudspeaker, room or correction",
};

/// Make up for what the ear loses.
pub const QUIET: Switch = Switch {
    id: "quiet",
    sentence: "Give back the bass that the ear loses because you listen softer than you mix (ISO 226); for listening only",
};

/// How loud one listens now.
pub const CHECKING_LEVEL: Number = Number {
    id: "checking-level",
    unit: "dBA",
    least: 40.0,
    greatest: 100.0,
    default: 60.0,
    sentence: "How loud your headphones play now, if you listen softer than you mix",
};

/// No louder than this.
pub const LIMIT: Number = Number {
    id: "limit",
    unit: "dBA",
    least: 70.0,
    greatest: 120.0,
    default: 100.0,
    sentence: "No steady sound gets louder than this at your ears, as far as the level of your headphones is known",
};

/// Systems without names.
pub const BLIND: Switch =
    Switch { id: "blind", sentence: "Compare two systems without their names: is X the one or the other?" };

/// What a host renders is what is heard.
pub const RENDERING: Switch = Switch {
    id: "rendering",
    sentence: "Process when the host renders too; off, an offline render passes untouched, so that no room is printed",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_allowed_and_every_id_stands_once() {
        let numbers = [ROOM, LEVEL, MIXING_LEVEL, CHECKING_LEVEL, LIMIT, DRAW, CEILING, LOUDNESS];
        let choices = [SEAL, NOISE, TIMBRE, LEVELS];
        for n in numbers {
            assert!((n.least..=n.greatest).contains(&n.default), "{}", n.id);
        }
        for c in choices {
            assert!(c.choices.iter().any(|(name, _)| *name == c.default), "{}", c.id);
        }
        let mut ids: Vec<_> = numbers.iter().map(|n| n.id).chain(choices.iter().map(|c| c.id)).collect();
        ids.extend([MONO, SIDE, SWAP, DIM, REFERENCE, QUIET, BLIND, RENDERING].map(|switch| switch.id));
        ids.extend([SYSTEM.id, HEADPHONE.id, HRTF.id]);
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all);
    }

    #[test]
    fn numbers_are_read_with_and_without_their_unit_and_refused_outside_their_range() {
        assert_eq!(ROOM.parse("50"), Ok(50.0));
        assert_eq!(ROOM.parse("50 %"), Ok(50.0));
        assert_eq!(LEVEL.parse("72dBA"), Ok(72.0));
        for bad in ["-1", "101", "nan", "inf", "", "loud"] {
            assert!(ROOM.parse(bad).unwrap_err().contains("from 0 to 100 %"), "{bad}");
        }
    }
}
