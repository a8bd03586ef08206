//! A small CLAP host: loads a plugin from its file, and plays through it as hosts do.

use clack_extensions::audio_ports_config::{AudioPortsConfigBuffer, PluginAudioPortsConfig};
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
    /// Whether one channel goes in, the left one, instead of two.
    pub mono: bool,
    /// Whether what comes in stands where what goes out shall be, as most hosts have it; otherwise it is a copy.
    pub in_place: bool,
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
        let layouts = handle.get_extension::<PluginAudioPortsConfig>().ok_or("no layouts")?;
        Ok(Hosted { instance, params, state, latency, render, layouts, running: None, at: 0 })
    }
}

/// A plugin that processes, and how its blocks are given to it.
struct Running {
    processor: StartedPluginAudioProcessor<Host>,
    mono: bool,
    in_place: bool,
}

/// An instance of the plugin.
pub struct Hosted {
    instance: PluginInstance<Host>,
    params: PluginParams,
    state: PluginState,
    latency: PluginLatency,
    render: PluginRender,
    layouts: PluginAudioPortsConfig,
    running: Option<Running>,
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
        self.choose_layout(if setup.mono { 1 } else { 2 })?;
        let mode = if setup.offline { RenderMode::Offline } else { RenderMode::Realtime };
        self.render.set(&self.instance.plugin_handle(), mode)?;
        let configuration = PluginAudioConfiguration {
            sample_rate: setup.rate_hz,
            min_frames_count: 1,
            max_frames_count: setup.block_frames,
        };
        let processor = self.instance.activate(|_, ()| (), configuration)?;
        let processor = processor.start_processing().map_err(|_| "it does not start")?;
        self.running = Some(Running { processor, mono: setup.mono, in_place: setup.in_place });
        Ok(())
    }

    /// The first layout with so many channels in.
    fn choose_layout(&mut self, channels: u32) -> Told<()> {
        let handle = self.instance.plugin_handle();
        let mut buffer = AudioPortsConfigBuffer::new();
        for index in 0..self.layouts.count(&handle) {
            let layout = self.layouts.get(&handle, index, &mut buffer).ok_or("a layout is missing")?;
            if layout.main_input.is_some_and(|port| port.channel_count == channels) {
                let id = layout.id;
                return Ok(self.layouts.select(&handle, id)?);
            }
        }
        Err(format!("there is no layout with {channels} channels in").into())
    }

    /// Stops processing and deactivates it.
    pub fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            self.instance.deactivate(running.processor.stop_processing());
        }
    }

    /// Stops processing and starts again, without deactivating: what a host does when it goes to sleep.
    ///
    /// # Errors
    /// If it does not start again.
    pub fn nap(&mut self) -> Told<()> {
        let running = self.running.take().ok_or("it does not run")?;
        let slept = running.processor.stop_processing();
        let processor = slept.start_processing().map_err(|_| "it does not start again")?;
        self.running = Some(Running { processor, ..running });
        Ok(())
    }

    /// Forgets the past.
    ///
    /// # Errors
    /// If it does not run.
    pub fn reset(&mut self) -> Told<()> {
        self.running.as_mut().ok_or("it does not run")?.processor.reset();
        Ok(())
    }

    /// Its latency in frames.
    pub fn latency(&mut self) -> u32 {
        self.latency.get(&self.instance.plugin_handle())
    }

    /// Plays one block and sets knobs at its start. What comes in stands in the planes, and is replaced by what goes out; one
    /// channel in is the left one.
    ///
    /// # Errors
    /// If it does not run, or fails.
    pub fn block(
        &mut self,
        planes: [&mut [f32]; 2],
        set: &[(ClapId, f64)],
        transport: Option<&TransportEvent>,
    ) -> Told<()> {
        let Running { processor, mono, in_place } = self.running.as_mut().ok_or("it does not run")?;
        let channels_in = if *mono { 1 } else { 2 };
        let frames = planes[0].len() as u64;
        let mut copies: Vec<Vec<f32>> = Vec::new();
        if !*in_place {
            copies.extend(planes[..channels_in].iter().map(|plane| plane.to_vec()));
        }
        let (mut in_ports, mut out_ports) =
            (AudioPorts::with_capacity(2, 1), AudioPorts::with_capacity(2, 1));
        let channels = AudioPortBufferType::f32_output_only(planes.into_iter());
        let mut output = out_ports.with_output_buffers([AudioPortBuffer { latency: 0, channels }]);
        let mut same = output.as_raw_buffers().to_vec();
        same[0].channel_count = channels_in as u32;
        #[expect(
            unsafe_code,
            reason = "memory that is lent twice is no thing that the compiler knows; plugins must bear it"
        )]
        let input = if *in_place {
            // SAFETY: the addresses are those of the output's buffers, so many frames long and lent until the plugin comes back;
            // until then nobody on this side of the call reads or writes them.
            unsafe { InputAudioBuffers::from_raw_buffers(&same, frames as u32) }
        } else {
            let channels = copies.iter_mut().map(InputChannel::variable);
            let channels = AudioPortBufferType::f32_input_only(channels);
            in_ports.with_input_buffers([AudioPortBuffer { latency: 0, channels }])
        };
        let events: Vec<ParamValueEvent> =
            set.iter().map(|(id, value)| ParamValueEvent::new(0, *id, Pckn::match_all(), *value)).collect();
        let mut heard = EventBuffer::new();
        processor.process(
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
