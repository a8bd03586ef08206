//! From `brand/model_with_underscores` to what is printed on the box, and to the form.

const BRANDS: [(&str, &str); 19] = [
    ("akg", "AKG"),
    ("apple", "Apple"),
    ("audeze", "Audeze"),
    ("audio_technica", "Audio-Technica"),
    ("austrian_audio", "Austrian Audio"),
    ("beats", "Beats"),
    ("beyerdynamic", "Beyerdynamic"),
    ("bose", "Bose"),
    ("etymotic", "Etymotic"),
    ("focal", "Focal"),
    ("grado", "Grado"),
    ("hifiman", "HiFiMAN"),
    ("koss", "Koss"),
    ("moondrop", "Moondrop"),
    ("philips", "Philips"),
    ("sennheiser", "Sennheiser"),
    ("shure", "Shure"),
    ("sony", "Sony"),
    ("spc_gear", "SPC Gear"),
];

/// Beginnings of models whose spelling the rules below do not give.
const MODELS: [(&str, &str); 31] = [
    ("airpods_1st_generation", "AirPods (1st generation)"),
    ("airpods_2nd_generation", "AirPods (2nd generation)"),
    ("airpods_3rd_generation", "AirPods (3rd generation)"),
    ("airpods_pro_2nd_generation", "AirPods Pro (2nd generation)"),
    ("airpods_pro2", "AirPods Pro2"),
    ("airpods", "AirPods"),
    ("earpods", "EarPods"),
    ("lcd_x", "LCD-X"),
    ("mm_", "MM-"),
    ("ath_m", "ATH-M"),
    ("ath_r", "ATH-R"),
    ("hi_x", "Hi-X"),
    ("studio3", "Studio3"),
    ("dt", "DT"),
    ("quietcomfort", "QuietComfort"),
    ("er4sr", "ER4SR"),
    ("sr80", "SR80"),
    ("shp9500", "SHP9500"),
    ("hd", "HD"),
    ("se", "SE"),
    ("srh", "SRH"),
    ("mdr_cd900st", "MDR-CD900ST"),
    ("mdr_v6", "MDR-V6"),
    ("mdr_zx110", "MDR-ZX110"),
    ("mdr_", "MDR-"),
    ("wh_1000xm", "WH-1000XM"),
    ("he400se", "HE400se"),
    ("k", "K"),
    ("sundara", "Sundara"),
    ("clear_mg", "Clear Mg"),
    ("porta_pro", "Porta Pro"),
];

/// Words that are not simply capitalised.
const WORDS: [(&str, &str); 12] = [
    ("mkii", "MkII"),
    ("ii", "II"),
    ("anc", "ANC"),
    ("ktc", "KTC"),
    ("560s", "560S"),
    ("660s", "660S"),
    ("65th", "65th"),
    ("spc", "SPC"),
    ("xl", "XL"),
    ("dt", "DT"),
    ("3rd", "third"),
    ("s", "S"),
];

/// Names of makers, kept capital inside a variant's parentheses.
const MAKERS: [&str; 6] = ["dekoni", "brainwavz", "geekria", "massdrop", "yaxi", "gear"];

/// Words with which the description of a variant begins, rather than the model's name going on.
const VARIANTS: [&str; 21] = [
    "3rd",
    "alpha",
    "anc",
    "brainwavz",
    "closed",
    "dekoni",
    "fresh",
    "gaming",
    "geekria",
    "massdrop",
    "mixing",
    "non",
    "passive",
    "pleather",
    "post",
    "pre",
    "silver",
    "spc",
    "stealth",
    "worn",
    "yaxi",
];

/// Earpieces that do not go round or on the ear; everything else does.
const IN_EAR: [&str; 4] = ["apple/airpods_pro", "etymotic/", "moondrop/", "shure/se"];
const EARBUD: [&str; 2] = ["apple/airpods", "apple/earpods"];

/// `over-ear` (on-ear models too: one target serves both), `in-ear` (seals the canal) or `earbud` (rests before it).
pub(crate) fn form(id: &str) -> &'static str {
    let is_one_of = |list: &[&str]| list.iter().any(|prefix| id.starts_with(prefix));
    if id.starts_with("apple/airpods_max") {
        "over-ear"
    } else if is_one_of(&IN_EAR) {
        "in-ear"
    } else if is_one_of(&EARBUD) {
        "earbud"
    } else {
        "over-ear"
    }
}

/// The brand and model as their maker writes them; what sets a variant apart stands in parentheses.
pub(crate) fn name(id: &str) -> String {
    let (brand, model) = id.split_once('/').unwrap_or(("", id));
    let brand =
        BRANDS.iter().find(|(key, _)| *key == brand).map_or_else(|| capitalised(brand), |b| b.1.into());
    let (start, rest) = MODELS
        .iter()
        .filter_map(|(key, start)| Some((*start, model.strip_prefix(key)?)))
        .filter(|(start, rest)| {
            !start.ends_with(char::is_lowercase) || !rest.starts_with(char::is_alphanumeric)
        })
        .max_by_key(|(start, _)| start.len())
        .unwrap_or(("", model));
    let mut name = format!("{brand} {start}");
    let words: Vec<&str> = rest.split('_').collect();
    let variant = words.iter().position(|w| VARIANTS.contains(w) || is_year(w)).unwrap_or(words.len());
    for (n, word) in words[..variant].iter().enumerate() {
        let joined = n == 0 || word.is_empty();
        name += if joined { "" } else { " " };
        name += &if n == 0 && !start.is_empty() { (*word).to_string() } else { capitalised(word) };
    }
    if variant < words.len() {
        let words: Vec<String> = words[variant..].iter().map(|w| variant_word(w)).collect();
        name += &format!(" ({})", words.join(" "));
    }
    name.replace("third party", "third-party")
}

/// A year sets an edition apart; no model here is called 20 something.
fn is_year(word: &str) -> bool {
    word.len() == 4 && word.starts_with("20") && word.bytes().all(|b| b.is_ascii_digit())
}

fn capitalised(word: &str) -> String {
    if let Some((_, written)) = WORDS.iter().find(|(key, _)| *key == word) {
        return (*written).to_string();
    }
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn variant_word(word: &str) -> String {
    if MAKERS.contains(&word) || WORDS.iter().any(|(key, _)| *key == word) {
        capitalised(word)
    } else {
        word.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_as_on_the_box() {
        for (id, written) in [
            ("akg/k702_65th_anniversary_edition", "AKG K702 65th Anniversary Edition"),
            (
                "apple/airpods_max_3rd_party_pleather_earpads",
                "Apple AirPods Max (third-party pleather earpads)",
            ),
            ("audeze/mm_500", "Audeze MM-500"),
            (
                "audio_technica/ath_m50x_dekoni_sheepskin_earpads",
                "Audio-Technica ATH-M50x (Dekoni sheepskin earpads)",
            ),
            ("beyerdynamic/dt_770_pro_80_ohm", "Beyerdynamic DT 770 Pro 80 Ohm"),
            ("beyerdynamic/dt_880_2003_edition", "Beyerdynamic DT 880 (2003 edition)"),
            ("sennheiser/hd_800_s", "Sennheiser HD 800 S"),
            ("sony/mdr_cd900st", "Sony MDR-CD900ST"),
            ("sony/wh_1000xm4_anc_off", "Sony WH-1000XM4 (ANC off)"),
            ("unheard_of/thing_2", "Unheard_of Thing 2"),
        ] {
            assert_eq!(name(id), written);
        }
    }

    #[test]
    fn forms_follow_the_kind() {
        for (id, kind) in [
            ("apple/airpods_max", "over-ear"),
            ("apple/airpods_pro_2", "in-ear"),
            ("apple/airpods_3", "earbud"),
            ("shure/se215", "in-ear"),
            ("shure/srh840", "over-ear"),
        ] {
            assert_eq!(form(id), kind, "{id}");
        }
    }
}
