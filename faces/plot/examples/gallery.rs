//! Draws one plot of every kind into a folder, to look at. The curves are shapes for the eye, not measurements.
//!
//! `cargo run -p farfield-plot --example gallery -- FOLDER`

use farfield_plot::{Line, Note, Plot, Region, Spread, Style, Theme};
use std::error::Error;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("name a folder to draw into")?);
    std::fs::create_dir_all(&folder)?;
    let plots = [("one", one()), ("many", many()), ("decay", decay()), ("waveform", waveform())];
    for (name, plot) in plots {
        for (suffix, theme) in [("", Theme::Auto), ("-light", Theme::Light), ("-dark", Theme::Dark)] {
            std::fs::write(folder.join(format!("{name}{suffix}.svg")), plot.clone().theme(theme).to_svg())?;
        }
    }
    Ok(())
}

/// 600 frequencies from 10 Hz to 30 kHz, evenly over log f, with a value each.
fn over_log_f(of_hz: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
    (0..600).map(|n| 10.0 * 3_000f64.powf(f64::from(n) / 599.0)).map(|hz| (hz, of_hz(hz))).collect()
}

/// A bump of `gain_db` around `center_hz`, `width` in octaves.
fn bump(hz: f64, center_hz: f64, gain_db: f64, width: f64) -> f64 {
    gain_db * (-((hz / center_hz).log2() / width).powi(2)).exp()
}

/// The roll-off of a high-pass of order `order`.
fn roll_off(hz: f64, corner_hz: f64, order: i32) -> f64 {
    -10.0 * (1.0 + (corner_hz / hz).powi(2 * order)).log10()
}

fn car(hz: f64) -> f64 {
    bump(hz, 55.0, 9.0, 0.9) + bump(hz, 240.0, -3.5, 0.5) + bump(hz, 2_600.0, 2.0, 0.6)
        - 0.9 * (hz / 1_000.0).log2().max(0.0)
        + roll_off(hz, 32.0, 2)
}

fn one() -> Plot {
    let spread = |points: &[(f64, f64)]| {
        let half = |hz: f64| 1.5 + bump(hz, 45.0, 3.0, 1.2) + bump(hz, 9_000.0, 2.5, 1.2);
        let shifted = |sign: f64| points.iter().map(|&(hz, db)| (hz, db + sign * half(hz))).collect();
        Spread::between(shifted(-1.0), shifted(1.0)).meaning("80 % of the population")
    };
    let points = over_log_f(car);
    Plot::frequency_response("Car at 100 km/h")
        .subtitle("At the driver's ear, cabin gain included · an invented shape, to look at")
        .y_label("dB re 1 kHz")
        .region(Region { from: 20.0, to: 42.0, text: "road noise masks".into() })
        .line(Line::new("Studio (reference)", over_log_f(|hz| roll_off(hz, 35.0, 4))).style(Style::Quiet))
        .line(Line::new("Car", points.clone()).spread(spread(&points)))
        .note(Note { x: 57.0, y: car(57.0), text: "cabin gain: +9 dB at 57 Hz".into() })
        .note(Note { x: 2_600.0, y: car(2_600.0), text: "windscreen".into() })
}

fn many() -> Plot {
    let corner = [35.0, 55.0, 80.0, 170.0, 40.0, 24.0, 32.0, 15.0, 500.0];
    let names =
        ["studio", "nearfield", "white-cone", "cube", "lounge", "lounge-sub", "car", "earbuds", "phone"];
    names.iter().zip(corner).enumerate().fold(
        Plot::frequency_response("Nine systems").subtitle("As the mix reaches the listener"),
        |plot, (n, (name, corner_hz))| {
            let tilt = -(n as f64) * 0.15;
            let points = over_log_f(|hz| {
                roll_off(hz, corner_hz, 3) + bump(hz, 3.0 * corner_hz, 2.0, 0.8) + tilt * (hz / 1e3).log2()
            });
            plot.line(Line::new(*name, points))
        },
    )
}

fn decay() -> Plot {
    let line = |name: &str, rt60_s: f64| {
        let points = (0..20_000).map(|n| f64::from(n) / 20_000.0);
        Line::new(
            name,
            points.map(|t| (t, -60.0 * t / rt60_s + (t * 300.0).sin() * 0.8 * t.sqrt())).collect(),
        )
    };
    Plot::level_over_time("How the lounge dies away")
        .subtitle("Schroeder curves per octave")
        .y_range(-60.0..=0.0)
        .line(line("125 Hz", 0.62))
        .line(line("500 Hz", 0.5))
        .line(line("2 kHz", 0.43))
        .line(line("8 kHz", 0.3).style(Style::Dashed))
}

fn waveform() -> Plot {
    let left: Vec<f32> = (0..96_000)
        .map(|n| {
            let t = n as f32 / 48_000.0;
            (-6.0 * (t % 0.5)).exp() * (t * 400.0).sin() * (0.9 - 0.3 * (t * 2_711.0).sin())
        })
        .collect();
    Plot::waveform("Four strokes").line(Line::waveform("left", &left, 48_000.0, 800))
}
