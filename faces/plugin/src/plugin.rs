//! What the host calls.

use crate::dose::{DoseKeeper, minute_now};
use crate::editor::{Editor, editor};
use crate::params::FarfieldParams;
#[cfg(feature = "standalone")]
use crate::standalone::{Pulse, Start};
use farfield::chain::live::{Desk, Player, Readings};
use farfield::signal::process::{Block, Process, Stream};
use nice_plug::prelude::*;
use nice_plug_egui::EguiEditor;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Activation waits at most so many times 20 ms.
const PATIENCE: u32 = 2;

/// The plugin: knobs, a desk, and the player that it makes ready.
pub struct Farfield {
    params: Arc<FarfieldParams>,
    desk: Arc<Desk>,
    dose: Arc<DoseKeeper>,
    player: Option<Player>,
    /// The host sends one channel.
    mono: bool,
    /// The host renders offline.
    rendering: Arc<AtomicBool>,
    #[cfg(feature = "standalone")]
    pulse: Arc<Pulse>,
}

impl Default for Farfield {
    fn default() -> Self {
        let params = Arc::new(FarfieldParams::default());
        let rendering = Arc::new(AtomicBool::new(false));
        let folder = farfield_home::folder().map(|home| home.join(farfield_home::DOSE));
        let dose = Arc::new(DoseKeeper::new(folder));
        let wish = Arc::clone(&params);
        let count = counting(&params, &dose, &rendering);
        let desk = Arc::new(Desk::telling(move || wish.wish(), count));
        Farfield {
            params,
            desk,
            dose,
            player: None,
            mono: false,
            rendering,
            #[cfg(feature = "standalone")]
            pulse: Arc::default(),
        }
    }
}

/// Counts what the meters say; nobody listens to a render.
fn counting(
    params: &Arc<FarfieldParams>,
    dose: &Arc<DoseKeeper>,
    rendering: &Arc<AtomicBool>,
) -> impl Fn(&Readings) + Send + use<> {
    let (params, dose, rendering) = (Arc::clone(params), Arc::clone(dose), Arc::clone(rendering));
    move |readings| {
        let counts = !rendering.load(Ordering::Relaxed);
        dose.add(&readings.exposure, params.anchor_db_a(), counts, minute_now());
    }
}

impl Farfield {
    /// Hands the host's planes to the player.
    fn play(&mut self, planes: &mut [&mut [f32]]) {
        let Some(player) = &mut self.player else {
            planes.iter_mut().for_each(|plane| plane.fill(0.0));
            return;
        };
        player.set(self.params.controls(self.rendering.load(Ordering::Relaxed)));
        if let [left, right] = planes {
            player.process(Block::stereo(left, right));
        }
    }
}

impl Plugin for Farfield {
    const NAME: &'static str = "Farfield";
    const VENDOR: &'static str = "The Farfield authors";
    const URL: &'static str = "";
    const EMAIL: &'static str = "";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const AUDIO_IO_LAYOUTS: &'static [AudioIOLayout] = &[
        AudioIOLayout {
            main_input_channels: NonZeroU32::new(2),
            main_output_channels: NonZeroU32::new(2),
            ..AudioIOLayout::const_default()
        },
        AudioIOLayout {
            main_input_channels: NonZeroU32::new(1),
            main_output_channels: NonZeroU32::new(2),
            ..AudioIOLayout::const_default()
        },
    ];
    type Editor = EguiEditor<Editor>;
    type SysExMessage = ();
    type BackgroundTask = ();

    fn params(&self) -> Arc<dyn Params> {
        self.params.clone()
    }

    fn editor(&mut self, _: AsyncExecutor<Self>) -> Option<Self::Editor> {
        editor(
            Arc::clone(&self.params),
            Arc::clone(&self.desk),
            Arc::clone(&self.dose),
            Arc::clone(&self.rendering),
            #[cfg(feature = "standalone")]
            Arc::clone(&self.pulse),
        )
    }

    fn activate(
        &mut self,
        layout: &AudioIOLayout,
        config: &BufferConfig,
        context: &mut impl ActivateContext<Self>,
    ) -> bool {
        // Without a host the window knows where the knobs were left; nothing is heard before they are there.
        #[cfg(feature = "standalone")]
        if context.plugin_api() == PluginApi::Standalone {
            self.pulse.hold();
            if Start::of(std::env::args()).is_silent() {
                self.dose.nobody_listens();
            }
        }
        let stream = Stream {
            rate_hz: f64::from(config.sample_rate),
            block_frames: config.max_buffer_size as usize,
            channels: 2,
        };
        self.mono = layout.main_input_channels == NonZeroU32::new(1);
        let rendering = config.process_mode == ProcessMode::Offline;
        self.rendering.store(rendering, Ordering::Relaxed);
        // A render shall be the same each time.
        self.desk.follow(!rendering);
        // What the one before holds goes back first.
        self.player = None;
        let mut player = self.desk.player(stream);
        if rendering {
            // A render waits for its first frame; a person would rather have it faded in.
            self.desk.settle();
        } else {
            // What is kept from before is there at once.
            self.desk.settle_within(PATIENCE);
        }
        player.prepare(stream);
        context.set_latency_samples(player.latency_frames() as u32);
        self.player = Some(player);
        true
    }

    fn reset(&mut self) {
        if let Some(player) = &mut self.player {
            player.reset();
        }
    }

    fn process(
        &mut self,
        buffer: &mut Buffer<'_>,
        _: &mut AuxiliaryBuffers<'_>,
        _: &mut impl ProcessContext<Self>,
    ) -> ProcessStatus {
        if self.rendering.load(Ordering::Relaxed) && self.params.rendering.value() {
            // What is automated holds from this block on: a render has the time.
            self.desk.settle();
        }
        let planes = buffer.as_slice();
        #[cfg(feature = "standalone")]
        if self.pulse.beat() {
            planes.iter_mut().for_each(|plane| plane.fill(0.0));
            return ProcessStatus::KeepAlive;
        }
        if let ([left, right], true) = (&mut *planes, self.mono) {
            right.copy_from_slice(left);
        }
        self.play(planes);
        // The place's noise goes on when the music has ended.
        ProcessStatus::KeepAlive
    }

    fn deactivate(&mut self) {
        self.player = None;
        self.dose.rest();
    }
}

impl ClapPlugin for Farfield {
    const CLAP_ID: &'static str = "org.farfield.farfield";
    const CLAP_DESCRIPTION: Option<&'static str> =
        Some("How your mix sounds on other playback systems, over headphones");
    const CLAP_MANUAL_URL: Option<&'static str> = None;
    const CLAP_SUPPORT_URL: Option<&'static str> = None;
    const CLAP_FEATURES: &'static [ClapFeature] =
        &[ClapFeature::AudioEffect, ClapFeature::Utility, ClapFeature::Stereo, ClapFeature::Mixing];
}

impl Vst3Plugin for Farfield {
    const VST3_CLASS_ID: [u8; 16] = *b"Farfield.Monitor";
    const VST3_SUBCATEGORIES: &'static [Vst3SubCategory] =
        &[Vst3SubCategory::Fx, Vst3SubCategory::Tools, Vst3SubCategory::Spatial];
}
