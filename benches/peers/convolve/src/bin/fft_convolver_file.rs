//! `fft_convolver_file INPUT.wav RESPONSE.wav OUTPUT.wav BLOCK`: stereo 32-bit float in and out, streaming, with
//! the same plain reading and writing as the example `convolve_file`.

use fft_convolver::FFTConvolver;
use peers_convolve::{header, response};
use std::fs::File;
use std::io::{Read, Write};

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let block: usize = arguments[4].parse().expect("frames");
    let taps = response(&arguments[2]);
    let tail = taps[0].len() - 1;
    let mut paths = taps.map(|taps| {
        let mut path = FFTConvolver::<f32>::default();
        path.init(block, &taps).expect("a response");
        path
    });
    let reader = hound::WavReader::new(File::open(&arguments[1])?).expect("a WAV");
    let (rate_hz, mut left_bytes) = (reader.spec().sample_rate, 4 * reader.len() as usize);
    let frames = left_bytes / 8 + tail;
    let mut source = reader.into_inner();
    let mut sink = File::create(&arguments[3])?;
    sink.write_all(&header(2, frames as u32, rate_hz))?;
    let mut bytes = vec![0u8; 8 * block];
    let (mut inputs, mut ears, mut part) =
        ([vec![0f32; block], vec![0f32; block]], [vec![0f32; block], vec![0f32; block]], vec![0f32; block]);
    let mut written = 0;
    while written < frames {
        let taken = bytes.len().min(left_bytes);
        source.read_exact(&mut bytes[..taken])?;
        bytes[taken..].fill(0);
        left_bytes -= taken;
        for (n, frame) in bytes.as_chunks::<8>().0.iter().enumerate() {
            let [a, b, c, d, e, f, g, h] = *frame;
            (inputs[0][n], inputs[1][n]) =
                (f32::from_le_bytes([a, b, c, d]), f32::from_le_bytes([e, f, g, h]));
        }
        ears.iter_mut().flatten().for_each(|y| *y = 0.0);
        for (n, path) in paths.iter_mut().enumerate() {
            path.process(&inputs[n / 2], &mut part).expect("a block");
            ears[n % 2].iter_mut().zip(&part).for_each(|(y, x)| *y += x);
        }
        for (n, frame) in bytes.as_chunks_mut::<8>().0.iter_mut().enumerate() {
            frame[..4].copy_from_slice(&ears[0][n].to_le_bytes());
            frame[4..].copy_from_slice(&ears[1][n].to_le_bytes());
        }
        let now = block.min(frames - written);
        sink.write_all(&bytes[..8 * now])?;
        written += now;
    }
    Ok(())
}
