//! The tables, as Markdown and as JSON.

use super::auc::{auc, share};
use super::defects::DEFECTS;
use super::music::severity;
use farfield::judge::finding::Kind;
use farfield::judge::report::Report;
use serde_json::{Value, json};

/// From here on a finding is a warning, and from there critical: the contract of the report.
const WARN: f64 = 0.3;
const CRITICAL: f64 = 1.0;
/// A severity that rose by less has not risen.
const ROSE: f64 = 0.1;

/// One song: what was said of it clean, and with each defect.
pub(super) struct Song {
    pub(super) name: String,
    pub(super) clean: Report,
    /// In the order of [`DEFECTS`].
    pub(super) severities: Vec<f64>,
}

struct Row {
    name: &'static str,
    auc: f64,
    raised: f64,
    named: f64,
    clean: f64,
}

fn rows(songs: &[Song]) -> Vec<Row> {
    let row = |(n, defect): (usize, &super::defects::Defect)| {
        let damaged: Vec<f64> = songs.iter().map(|song| song.severities[n]).collect();
        let clean: Vec<f64> = songs.iter().map(|song| severity(&song.clean, defect.kinds)).collect();
        Row {
            name: defect.name,
            auc: auc(&damaged, &clean),
            raised: share(damaged.iter().zip(&clean).map(|(bad, good)| *bad >= good + ROSE)),
            named: share(damaged.iter().map(|severity| *severity >= WARN)),
            clean: share(clean.iter().map(|severity| *severity >= WARN)),
        }
    };
    DEFECTS.iter().enumerate().map(row).collect()
}

/// Prints the table of defects and the false alarms; gives the same for a file.
pub(super) fn of_defects(songs: &[Song]) -> Value {
    let rows = rows(songs);
    println!("{} songs\n", songs.len());
    println!("| {:28} | AUC   | raised | named | clean |", "defect");
    println!("|:{:-<28}-|------:|-------:|------:|------:|", "");
    for Row { name, auc, raised, named, clean } in &rows {
        println!("| {name:28} | {auc:.3} | {raised:6.2} | {named:5.2} | {clean:5.2} |");
    }
    let mean_auc = rows.iter().map(|row| row.auc).sum::<f64>() / rows.len() as f64;
    let worst_auc = rows.iter().map(|row| row.auc).fold(1.0, f64::min);
    let a_song = |at_least: f64| {
        let found = songs.iter().flat_map(|song| &song.clean.findings).filter(|f| f.severity >= at_least);
        found.count() as f64 / songs.len() as f64
    };
    let [critical, warnings, findings] = [CRITICAL, WARN, 0.0].map(a_song);
    println!(
        "\nmean AUC {mean_auc:.3}, worst {worst_auc:.3}; on a clean song {critical:.2} critical findings, \
         {warnings:.2} warnings, {findings:.1} findings in all"
    );
    json!({
        "songs": songs.len(),
        "mean_auc": mean_auc,
        "worst_auc": worst_auc,
        "critical_per_clean_song": critical,
        "warnings_per_clean_song": warnings,
        "findings_per_clean_song": findings,
        "defects": rows.iter().map(|row| json!({
            "name": row.name, "auc": row.auc, "raised": row.raised, "named": row.named, "clean": row.clean,
        })).collect::<Vec<_>>(),
        "alarms": alarms(songs),
    })
}

/// What is said of clean songs, kind by kind.
fn alarms(songs: &[Song]) -> Value {
    println!("\nWarnings on clean songs (critical ones with an exclamation mark):");
    let mut all = serde_json::Map::new();
    for kind in Kind::ALL {
        let severity = |song: &Song| severity(&song.clean, &[kind]);
        let warned: Vec<&Song> = songs.iter().filter(|song| severity(song) >= WARN).collect();
        if warned.is_empty() {
            continue;
        }
        let mark = |song: &&Song| if severity(song) >= CRITICAL { "!" } else { "" };
        let names: Vec<String> = warned.iter().map(|song| format!("{}{}", song.name, mark(song))).collect();
        println!("  {kind}: {} of {}: {}", names.len(), songs.len(), names.join(", "));
        all.insert(kind.id().to_owned(), json!(names));
    }
    Value::Object(all)
}
