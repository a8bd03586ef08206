//! A small CLAP host: loads a plugin from its file, and plays through it as hosts do.

use clack_extensions::latency::PluginLatency;
use clack_extensions::params::{ParamInfoBuffer, PluginParams};
use clack_extensions::render::{PluginRender, RenderMode};
use clack_extensions::state::PluginState;
use clack_host::events::event_types::{ParamValueEvent, TransportEvent};
use clack_host::prelude::*;
use std::path::Path;

/// What goes wrong is told in words: this host is for tests.
pub type Told<T> = Result<T, Box<dyn std::error::Error>>;

struct Shared;

impl SharedHandler<'_> for Shared {
    fn request_restart(&self) {}
    fn request_process(&self) {}
    fn request_callback(&self) {}
}

struct Host;

impl HostHandlers for Host {
    type Shared<'a> = Shared;
    type MainThread<'a> = ();
    type AudioProcessor<'a> = ();
}

/// A plugin's file, loaded.
pub struct Loaded(PluginEntry);

/// One knob, as the plugin describes it.
#[derive(Clone, Debug)]
pub struct Knob {
    /// The host's number for it.
    pub id: ClapId,
    /// Its name.
    pub name: String,
    /// Least value, greatest value, default; numbers that move freely go from 0 to 1.
    pub range: [f64; 3],
}

/// How it shall be activated.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// Frames per second.
    pub rate_hz: f64,
    /// Frames of a block, at most.
    pub block_frames: u32,
    /// Whether the host renders offline.
    pub offline: bool,
}

impl Loaded {
    /// Loads a file.
    ///
    /// # Errors
    /// If it is no CLAP plugin.
    #[expect(unsafe_code, reason = "nobody can prove what a file does when it is loaded; we built this one")]
    pub fn open(path: &Path) -> Told<Self> {
        // SAFETY: the file is the plugin of this workspace, built by the same cargo run.
        let entry = unsafe { PluginEntry::load(path) }?;
        Ok(Loaded(entry))
    }

    /// Id, name and features of every plugin in it.
    pub fn scan(&self) -> Vec<(String, String, Vec<String>)> {
        let Some(factory) = self.0.get_plugin_factory() else { return Vec::new() };
        let text = |text: Option<&std::ffi::CStr>| {
            text.map(|text| text.to_string_lossy().into_owned()).unwrap_or_default()
        };
        let described = factory.plugin_descriptors().map(|plugin| {
            let features = plugin.features().map(|feature| feature.to_string_lossy().into_owned()).collect();
            (text(plugin.id()), text(plugin.name()), features)
        });
        described.collect()
    }

    /// A new instance of its first plugin.
    ///
    /// # Errors
    /// If there is none, or it does not want to.
    pub fn instance(&self) -> Told<Hosted> {
        let host = HostInfo::new("farfield-plugin-host", "The Farfield authors", "", "1")?;
        let factory = self.0.get_plugin_factory().ok_or("no factory")?;
        let id =
            factory.plugin_descriptors().next().and_then(|plugin| plugin.id()).ok_or("no plugin")?.to_owned();
        let mut instance = PluginInstance::<Host>::new(|()| Shared, |_| (), &self.0, &id, &host)?;
        let handle = instance.plugin_handle();
        let params = handle.get_extension::<PluginParams>().ok_or("no params")?;
        let state = handle.get_extension::<PluginState>().ok_or("no state")?;
        let latency = handle.get_extension::<PluginLatency>().ok_or("no latency")?;
        let render = handle.get_extension::<PluginRender>().ok_or("no render")?;
        Ok(Hosted { instance, params, state, latency, render, running: None, at: 0 })
    }
}

/// An instance of the plugin.
pub struct Hosted {
    instance: PluginInstance<Host>,
    params: PluginParams,
    state: PluginState,
    latency: PluginLatency,
    render: PluginRender,
    running: Option<StartedPluginAudioProcessor<Host>>,
    /// Frames played.
    at: u64,
}

impl Hosted {
    /// All its knobs.
    pub fn knobs(&mut self) -> Vec<Knob> {
        let handle = self.instance.plugin_handle();
        let knob = |index| {
            let mut buffer = ParamInfoBuffer::new();
            let info = self.params.get_info(&handle, index, &mut buffer)?;
            let name = String::from_utf8_lossy(info.name).into_owned();
            Some(Knob { id: info.id, name, range: [info.min_value, info.max_value, info.default_value] })
        };
        (0..self.params.count(&handle)).filter_map(knob).collect()
    }

    /// The value of a knob by its name.
    ///
    /// # Errors
    /// If there is none.
    pub fn value(&mut self, name: &str) -> Told<f64> {
        let id = self.knob(name)?.id;
        let handle = self.instance.plugin_handle();
        Ok(self.params.get_value(&handle, id).ok_or("it has no value")?)
    }

    /// What a value of a knob is called.
    ///
    /// # Errors
    /// If there is no such knob.
    pub fn words(&mut self, name: &str, value: f64) -> Told<String> {
        let id = self.knob(name)?.id;
        let handle = self.instance.plugin_handle();
        let mut buffer = [0; 256];
        let text = self.params.value_to_text(&handle, id, value, &mut buffer)?;
        Ok(String::from_utf8_lossy(text).trim_end_matches('\0').to_owned())
    }

    /// A knob by its name.
    ///
    /// # Errors
    /// If there is none.
    pub fn knob(&mut self, name: &str) -> Told<Knob> {
        let found = self.knobs().into_iter().find(|knob| knob.name == name);
        Ok(found.ok_or_else(|| format!("no knob is called {name}"))?)
    }

    /// What a project would save.
    ///
    /// # Errors
    /// If the plugin fails.
    pub fn save(&mut self) -> Told<Vec<u8>> {
        let mut bytes = Vec::new();
        self.state.save(&self.instance.plugin_handle(), &mut bytes)?;
        Ok(bytes)
    }

    /// Loads what a project has saved.
    ///
    /// # Errors
    /// If the plugin cannot read it.
    pub fn load(&mut self, bytes: &[u8]) -> Told<()> {
        Ok(self.state.load(&self.instance.plugin_handle(), &mut std::io::Cursor::new(bytes))?)
    }

    /// Activates it and starts processing; stops it before if it runs.
    ///
    /// # Errors
    /// If the plugin does not want to.
    pub fn start(&mut self, setup: Setup) -> Told<()> {
        self.stop();
        let mode = if setup.offline { RenderMode::Offline } else { RenderMode::Realtime };
        self.render.set(&self.instance.plugin_handle(), mode)?;
        let configuration = PluginAudioConfiguration {
            sample_rate: setup.rate_hz,
            min_frames_count: 1,
            max_frames_count: setup.block_frames,
        };
        let processor = self.instance.activate(|_, ()| (), configuration)?;
        self.running = Some(processor.start_processing().map_err(|_| "it does not start")?);
        Ok(())
    }

    /// Stops processing and deactivates it.
    pub fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            self.instance.deactivate(running.stop_processing());
        }
    }

    /// Stops processing and starts again, without deactivating: what a host does when it goes to sleep.
    ///
    /// # Errors
    /// If it does not start again.
    pub fn nap(&mut self) -> Told<()> {
        let running = self.running.take().ok_or("it does not run")?;
        let slept = running.stop_processing();
        self.running = Some(slept.start_processing().map_err(|_| "it does not start again")?);
        Ok(())
    }

    /// Forgets the past.
    ///
    /// # Errors
    /// If it does not run.
    pub fn reset(&mut self) -> Told<()> {
        self.running.as_mut().ok_or("it does not run")?.reset();
        Ok(())
    }

    /// Its latency in frames.
    pub fn latency(&mut self) -> u32 {
        self.latency.get(&self.instance.plugin_handle())
    }

    /// Plays one block and sets knobs at its start. What comes in is a copy: input and output in one place, as JUCE's VST3
    /// hosts have them, cannot be said without `unsafe` here.
    ///
    /// # Errors
    /// If it does not run, or fails.
    pub fn block(
        &mut self,
        planes: [&mut [f32]; 2],
        set: &[(ClapId, f64)],
        transport: Option<&TransportEvent>,
    ) -> Told<()> {
        let running = self.running.as_mut().ok_or("it does not run")?;
        let [left, right] = planes;
        let mut inputs = [left.to_vec(), right.to_vec()];
        let (mut in_ports, mut out_ports) =
            (AudioPorts::with_capacity(2, 1), AudioPorts::with_capacity(2, 1));
        let channels = inputs.iter_mut().map(InputChannel::variable);
        let port = AudioPortBuffer { latency: 0, channels: AudioPortBufferType::f32_input_only(channels) };
        let input = in_ports.with_input_buffers([port]);
        let frames = left.len() as u64;
        let channels = AudioPortBufferType::f32_output_only([left, right].into_iter());
        let mut output = out_ports.with_output_buffers([AudioPortBuffer { latency: 0, channels }]);
        let events: Vec<ParamValueEvent> =
            set.iter().map(|(id, value)| ParamValueEvent::new(0, *id, Pckn::match_all(), *value)).collect();
        let mut heard = EventBuffer::new();
        running.process(
            &input,
            &mut output,
            &InputEvents::from_buffer(&events),
            &mut OutputEvents::from_buffer(&mut heard),
            Some(self.at),
            transport,
        )?;
        self.at += frames;
        Ok(())
    }
}

impl Drop for Hosted {
    fn drop(&mut self) {
        self.stop();
    }
}
