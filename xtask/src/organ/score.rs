//! The score: D minor, 96 beats a minute, thirteen bars. Notes are MIDI numbers, times are beats.

/// Length of a beat.
pub(super) const BEAT_S: f64 = 60.0 / 96.0;
/// Beats of a bar.
pub(super) const BAR: f64 = 4.0;
/// The piece with its last echo.
pub(super) const LENGTH_S: f64 = 33.5;

/// A note: when, for how long, and which.
pub(super) type Note = (f64, f64, f64);

/// Bars in which bass guitar and kick are silent, and the organ has the low end to itself.
pub(super) const BREAK: std::ops::Range<usize> = 8..12;

/// A chord for each bar; the last one stays. Four bars without pedal, then twice four over it.
pub(super) const CHORDS: [[u8; 5]; 13] = [
    [50, 57, 60, 64, 65], // Dm9
    [50, 53, 57, 58, 65], // Bb maj7
    [48, 53, 57, 60, 67], // F add9
    [48, 55, 60, 62, 64], // C add9
    [50, 57, 60, 64, 65], // Dm9
    [50, 55, 58, 62, 65], // Gm7 over D
    [48, 57, 60, 65, 67], // F over C
    [48, 55, 57, 60, 64], // Am7 over C
    [50, 53, 58, 62, 69], // Bb maj7
    [50, 57, 62, 64, 65], // Dm9 over Bb
    [48, 57, 60, 65, 67], // F over A
    [48, 55, 60, 65, 67], // C sus4 over Bb
    [50, 57, 62, 64, 69], // D minor, without its third
];

/// The organ's pedal, from the fifth bar on: when, for how long, which note, and how far the swell box is open, dB. Bottom
/// D and the bottom C below it under the band; then B flat and A, an octave higher, where there is nothing else down there.
pub(super) const PEDAL: [(f64, f64, f64, f64); 6] = [
    (16.0, 8.0, 26.0, 0.0),
    (24.0, 8.0, 24.0, 0.0),
    (32.0, 8.0, 34.0, 0.0),
    (40.0, 4.0, 33.0, 0.0),
    (44.0, 4.0, 34.0, 0.0),
    (48.0, 4.6, 26.0, 0.0),
];

/// The roots of the bass guitar, bar by bar, and its way to the next.
pub(super) const BASS: [[u8; 6]; 12] = [
    [38, 38, 45, 48, 45, 41],
    [46, 46, 41, 46, 45, 43],
    [41, 41, 48, 53, 48, 40],
    [36, 36, 43, 48, 43, 37],
    [38, 38, 45, 50, 48, 45],
    [43, 43, 50, 53, 50, 42],
    [41, 41, 48, 53, 48, 43],
    [45, 45, 52, 48, 43, 45],
    [46, 46, 53, 50, 46, 41],
    [38, 38, 45, 50, 52, 50],
    [41, 41, 48, 53, 50, 48],
    [48, 48, 43, 48, 43, 40],
];
/// When its six notes fall in a bar, how long they sound and how strongly.
pub(super) const BASS_RHYTHM: [(f64, f64, f64); 6] = [
    (0.0, 0.9, 1.0),
    (1.5, 0.45, 0.8),
    (2.0, 0.45, 0.9),
    (2.5, 0.45, 0.75),
    (3.0, 0.45, 0.85),
    (3.5, 0.45, 0.7),
];

/// The melody.
pub(super) const MELODY: [Note; 36] = [
    (6.0, 1.0, 69.0),
    (7.0, 1.0, 72.0),
    (8.0, 1.5, 69.0),
    (9.5, 0.5, 67.0),
    (10.0, 1.0, 65.0),
    (11.0, 1.0, 67.0),
    (12.0, 3.0, 64.0),
    (16.0, 1.5, 74.0),
    (17.5, 0.5, 72.0),
    (18.0, 1.0, 69.0),
    (19.0, 1.0, 65.0),
    (20.0, 1.0, 67.0),
    (21.0, 1.0, 70.0),
    (22.0, 2.0, 74.0),
    (24.0, 1.5, 72.0),
    (25.5, 0.5, 69.0),
    (26.0, 1.0, 67.0),
    (27.0, 1.0, 65.0),
    (28.0, 1.0, 67.0),
    (29.0, 0.5, 69.0),
    (29.5, 0.5, 67.0),
    (30.0, 2.0, 64.0),
    (32.0, 1.5, 77.0),
    (33.5, 0.5, 76.0),
    (34.0, 1.0, 74.0),
    (35.0, 1.0, 70.0),
    (36.0, 1.0, 69.0),
    (37.0, 1.0, 74.0),
    (38.0, 1.0, 76.0),
    (39.0, 1.0, 77.0),
    (40.0, 1.5, 79.0),
    (41.5, 0.5, 77.0),
    (42.0, 2.0, 72.0),
    (44.0, 1.0, 77.0),
    (45.0, 3.0, 76.0),
    (48.0, 4.0, 74.0),
];
