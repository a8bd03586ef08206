//! From what a person types to the headphone that they mean.
//!
//! Case, punctuation, spacing, word order and slips of the keyboard do not matter; figures do: HD 650 and HD 660S are
//! other headphones, so a number must be right before [`find`] answers.

use super::Profile;
use super::catalogue::catalogue;

/// No headphone of this name, or several.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message())]
pub struct Unknown {
    /// What was asked for.
    pub name: String,
    /// Names of headphones that may be meant, best first; may be empty.
    pub nearest: Vec<&'static str>,
}

impl Unknown {
    fn message(&self) -> String {
        let Unknown { name, nearest } = self;
        if nearest.is_empty() {
            return format!(
                "no headphone is called `{name}`; import a measurement of it, or choose `generic`"
            );
        }
        format!(
            "no headphone is for certain meant by `{name}`; nearest: {}; or choose `generic`",
            nearest.join(", ")
        )
    }
}

/// The headphone that `name` means, by its id or any unmistakable part of its name.
pub fn find(name: &str) -> Result<&'static Profile, Unknown> {
    let exact = name.trim().to_lowercase();
    if let Some(profile) = catalogue().iter().find(|p| p.id == exact || p.name.to_lowercase() == exact) {
        return Ok(profile);
    }
    let ranked = ranked(name);
    let certain: Vec<&Match> = ranked.iter().filter(|m| m.is_certain).collect();
    let fewest_left = certain.iter().map(|m| m.left_over).min();
    let mut best = certain.iter().filter(|m| Some(m.left_over) == fewest_left);
    // Sources write one model differently ("Pro2", "Pro 2"): that is no second model. The better founded comes first.
    match best.next() {
        Some(first) if best.all(|m| words(&m.profile.name) == words(&first.profile.name)) => {
            Ok(first.profile)
        }
        _ => Err(Unknown {
            name: name.into(),
            nearest: ranked.iter().take(5).map(|m| m.profile.name.as_str()).collect(),
        }),
    }
}

/// All headphones that `query` may mean, best first. An empty query lists all.
pub fn search(query: &str) -> Vec<&'static Profile> {
    if words(query).is_empty() {
        return catalogue().iter().collect();
    }
    ranked(query).into_iter().map(|m| m.profile).collect()
}

struct Match {
    profile: &'static Profile,
    score: f64,
    /// Every word of the query is met, a word of the model among them, and no figure of the model is missing.
    is_certain: bool,
    /// Words of the name that the query does not mention; those of a variant count more.
    left_over: usize,
}

/// Below this a word is not the word that was meant.
const MET: f64 = 0.7;

fn ranked(query: &str) -> Vec<Match> {
    let query = words(query);
    let mut matches: Vec<Match> =
        catalogue().iter().map(|profile| compare(&query, profile)).filter(|m| m.score > 0.45).collect();
    matches.sort_by(|a, b| b.score.total_cmp(&a.score));
    matches
}

fn compare(query: &[String], profile: &'static Profile) -> Match {
    let (model, variant) = profile.name.split_once('(').unwrap_or((&profile.name, ""));
    let mut name = words(model);
    let model_words = name.len();
    name.extend(words(variant));
    let mut used = vec![false; name.len()];
    let credits: Vec<f64> = (0..query.len()).map(|n| credit(query, n, &name, &mut used)).collect();

    // Figures tell models apart better than words do.
    let weight = |word: &String| if is_figure(word) { 2.0 } else { 1.0 };
    let total: f64 = query.iter().map(weight).sum();
    let met: f64 = query.iter().zip(&credits).map(|(word, credit)| weight(word) * credit).sum();
    let left = |range: std::ops::Range<usize>| range.filter(|&n| !used[n]);
    let left_over = left(0..model_words).count() + 3 * left(model_words..name.len()).count();
    let is_certain = !query.is_empty()
        && credits.iter().all(|&credit| credit >= MET)
        && (0..name.len()).any(|n| used[n] && !is_brand(n, &name[n]))
        && left(0..model_words).all(|n| !is_figure(&name[n]));
    let popularity = profile.sources.len().min(5) as f64;
    let score = met / total.max(1.0) - 0.02 * left_over as f64 + 0.004 * popularity;
    Match { profile, score, is_certain, left_over }
}

/// How well word `n` of the query is met by the name, 0 to 1; the words of the name that meet it become used.
fn credit(query: &[String], n: usize, name: &[String], used: &mut [bool]) -> f64 {
    let word = &query[n];
    // Whole words first, then written together or apart on either side: "lcdx", "quiet comfort".
    for run in 1..=3 {
        for start in 0..(name.len() + 1).saturating_sub(run) {
            if name[start..start + run].concat() == *word {
                used[start..start + run].fill(true);
                return 1.0;
            }
        }
    }
    let with_next = query.get(n + 1).map(|next| format!("{word}{next}"));
    let with_last = n.checked_sub(1).map(|last| format!("{}{word}", query[last]));
    let (best, credit) = (0..name.len())
        .map(|m| {
            let together = [&with_next, &with_last].iter().any(|joined| joined.as_ref() == Some(&name[m]));
            (m, if together { 1.0 } else { likeness(word, &name[m]) })
        })
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .unwrap_or((0, 0.0));
    if credit >= MET {
        used[best] = true;
    }
    credit
}

/// How likely `typed` stands for `word`, 0 to 1.
fn likeness(typed: &str, word: &str) -> f64 {
    if is_figure(typed) || is_figure(word) {
        // A number that is nearly right is worth showing, not worth believing.
        let begins = typed.len() >= 2 && word.starts_with(typed);
        return 0.5 * if begins { 1.0 } else { strsim::normalized_damerau_levenshtein(typed, word) };
    }
    if typed.len() >= 2 && word.starts_with(typed) {
        return 0.85;
    }
    if typed.len() < 4 || word.len() < 4 {
        return 0.0;
    }
    0.95 * strsim::normalized_damerau_levenshtein(typed, word)
}

/// Lower-case words and figures, parted at punctuation and between letters and digits.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut kind = None;
    for letter in text.chars().flat_map(char::to_lowercase) {
        let now = letter.is_alphanumeric().then(|| letter.is_numeric());
        match (now, words.last_mut()) {
            (None, _) => {}
            (Some(_), Some(word)) if now == kind => word.push(letter),
            (Some(_), _) => words.push(letter.to_string()),
        }
        kind = now;
    }
    for word in &mut words {
        if word == "ω" || word == "ohms" {
            *word = "ohm".into();
        }
    }
    words
}

fn is_figure(word: &str) -> bool {
    word.starts_with(char::is_numeric)
}

/// Whether word `n` of a name is the maker's and says nothing about the model.
fn is_brand(n: usize, word: &str) -> bool {
    n == 0 || ["audio", "technica"].contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn people_find_what_they_mean() {
        for (typed, meant) in [
            ("7506", "sony-mdr-7506"),
            ("mdr7506", "sony-mdr-7506"),
            ("sony 7506", "sony-mdr-7506"),
            ("Sony MDR-7506", "sony-mdr-7506"),
            ("7506 SONY", "sony-mdr-7506"),
            ("sony-mdr-7506", "sony-mdr-7506"),
            ("hd 650", "sennheiser-hd-650"),
            ("HD650", "sennheiser-hd-650"),
            ("senheiser hd-650", "sennheiser-hd-650"),
            ("hd800s", "sennheiser-hd-800-s"),
            ("dt770 pro 80", "beyerdynamic-dt-770-pro-80-ohm"),
            ("DT 770 PRO 80 Ω", "beyerdynamic-dt-770-pro-80-ohm"),
            ("dt 770 pro", "beyerdynamic-dt-770-pro"),
            ("beyer 770", "beyerdynamic-dt-770"),
            ("m50x", "audio-technica-ath-m50x"),
            ("ath m50x dekoni", "audio-technica-ath-m50x-dekoni-sheepskin-earpads"),
            ("audiotechnica m40x", "audio-technica-ath-m40x"),
            ("lcdx", "audeze-lcd-x"),
            ("quiet comfort 35", "bose-quietcomfort-35"),
            ("qc35 nonsense", ""),
            ("sundra", "hifiman-sundara"),
            ("portapro", "koss-porta-pro"),
            ("wh1000xm4", "sony-wh-1000xm4"),
            ("airpods pro 2", "apple-airpods-pro-2"),
            ("earpods", "apple-earpods"),
            ("worn dt 990", "beyerdynamic-dt-990-worn-earpads"),
            ("generic", "generic"),
            ("generic in ear", "generic-in-ear"),
        ] {
            assert_eq!(find(typed).map_or("", |p| &p.id), meant, "{typed}");
        }
    }

    #[test]
    fn a_brand_a_series_or_a_wrong_number_is_not_guessed() {
        for typed in [
            "sony",
            "koss",
            "focal",
            "audio technica",
            "hd",
            "k240",
            "hd 651",
            "7509",
            "wh-1000",
            "",
            "-",
            "🎧",
        ] {
            assert!(find(typed).is_err(), "{typed} gave {}", find(typed).unwrap().name);
        }
    }

    #[test]
    fn an_unknown_headphone_is_answered_with_the_nearest() {
        let unknown = find("hd 651").unwrap_err();
        assert!(unknown.nearest.contains(&"Sennheiser HD 650"), "{unknown}");
        assert!(unknown.to_string().contains("`hd 651`"));
        assert!(find("k240").unwrap_err().nearest[..3].iter().all(|n| n.starts_with("AKG K240")));
        assert!(find("qwertzuiop").unwrap_err().to_string().contains("generic"));
    }

    #[test]
    fn a_search_lists_the_whole_series_and_everything_for_nothing() {
        assert_eq!(search(" ").len(), catalogue().len());
        let dt: Vec<&str> = search("dt 770").iter().map(|p| p.id.as_str()).collect();
        assert!(dt[..9].iter().all(|id| id.starts_with("beyerdynamic-dt-770")), "{dt:?}");
    }

    #[test]
    fn every_headphone_is_found_by_its_own_name_and_id() {
        for profile in catalogue() {
            assert_eq!(find(&profile.name).map(|p| &p.id), Ok(&profile.id));
            assert_eq!(find(&profile.id).map(|p| &p.id), Ok(&profile.id));
        }
    }

    proptest! {
        #[test]
        fn any_query_is_answered(query in ".{0,40}") {
            let _ = (find(&query), search(&query));
        }
    }
}
