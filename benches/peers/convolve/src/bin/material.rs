//! `material DIR`: writes `song.wav`, `response_0.5.wav` and `response_2.wav`.

use peers_convolve::{Noise, header};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

const RATE_HZ: u32 = 48_000;
const SONG_S: u32 = 240;

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).expect("a folder");
    let folder = Path::new(&folder);
    write(&folder.join("song.wav"), 2, SONG_S * RATE_HZ, |_| 0.25)?;
    for (name, frames) in [("response_0.5.wav", RATE_HZ / 2), ("response_2.wav", 2 * RATE_HZ)] {
        write(&folder.join(name), 4, frames, |n| 0.01 * (-6.9 * n as f32 / frames as f32).exp())?;
    }
    Ok(())
}

fn write(path: &Path, channels: u16, frames: u32, amplitude: impl Fn(u32) -> f32) -> std::io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    file.write_all(&header(channels, frames, RATE_HZ))?;
    let mut noise = Noise(u32::from(channels) + frames);
    for n in 0..frames {
        for x in noise.by_ref().take(usize::from(channels)) {
            file.write_all(&(amplitude(n) * x).to_le_bytes())?;
        }
    }
    file.flush()
}
