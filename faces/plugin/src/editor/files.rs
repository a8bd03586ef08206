//! A file is chosen: a dialog of our own inside the window, because a plugin cannot count on the system's. The disk is read by
//! threads that are made for it, so that a slow one does not stop the window.

use super::look;
use crate::own::{OWN, Own};
use crate::params::FarfieldParams;
use egui::{Button, Event, Id, Key, Modal, RichText, ScrollArea, Ui};
use std::cmp::Reverse;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, channel};

/// More than so many entries of a folder are not shown.
const MOST: usize = 2_000;
/// By so many entries the page keys go.
const PAGE: usize = 8;
const WIDTH: f32 = 520.0;
const ROW_HEIGHT: f32 = 22.0;
/// What stands above and below the list.
const AROUND: f32 = 220.0;

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Wanted {
    /// Measured ears.
    Ears,
    /// A headphone.
    Headphone,
}

impl Wanted {
    fn title(self) -> &'static str {
        match self {
            Wanted::Ears => "Measured ears: a SOFA file",
            Wanted::Headphone => "Your headphones: a measurement, or settings of an equalizer",
        }
    }

    fn endings(self) -> &'static [&'static str] {
        match self {
            Wanted::Ears => &["sofa"],
            Wanted::Headphone => &["txt", "csv", "tsv", "frd", "toml"],
        }
    }

    fn fits(self, path: &Path) -> bool {
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        ending.is_some_and(|ending| self.endings().contains(&ending.as_str()))
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Entry {
    name: String,
    is_folder: bool,
}

/// A folder's contents: folders first, then files that can be meant.
#[derive(Debug, Default, PartialEq)]
struct Listing {
    entries: Vec<Entry>,
    /// Why there is nothing, or not everything.
    told: Option<String>,
}

impl Listing {
    fn read(folder: &Path, wanted: Wanted) -> Self {
        let found = match fs::read_dir(folder) {
            Ok(found) => found,
            Err(error) => return Listing { told: Some(error.to_string()), ..Listing::default() },
        };
        let entry = |found: fs::DirEntry| {
            let name = found.file_name().into_string().ok().filter(|name| !name.starts_with('.'))?;
            // Through links as well.
            let is_folder = fs::metadata(found.path()).ok()?.is_dir();
            (is_folder || wanted.fits(&found.path())).then_some(Entry { name, is_folder })
        };
        let mut entries: Vec<Entry> = found.flatten().filter_map(entry).collect();
        entries.sort_by_cached_key(|entry| (Reverse(entry.is_folder), entry.name.to_lowercase()));
        let all = entries.len();
        let told = (all > MOST).then(|| format!("Only the first {MOST} of {all} are shown."));
        entries.truncate(MOST);
        Listing { entries, told }
    }
}

/// Something that a thread is doing.
enum Task<T> {
    Done(T),
    Doing(Receiver<T>),
}

impl<T: Send + 'static> Task<T> {
    fn begin(work: impl FnOnce() -> T + Send + 'static) -> Self {
        let (sender, receiver) = channel();
        // Who has gone on does not wait for it.
        std::thread::spawn(move || drop(sender.send(work())));
        Task::Doing(receiver)
    }

    /// What came of it; none as long as it goes on.
    fn look(&mut self, failed: impl FnOnce() -> T) -> Option<&T> {
        if let Task::Doing(receiver) = self {
            match receiver.try_recv() {
                Ok(done) => *self = Task::Done(done),
                Err(TryRecvError::Disconnected) => *self = Task::Done(failed()),
                Err(TryRecvError::Empty) => (),
            }
        }
        match self {
            Task::Done(done) => Some(done),
            Task::Doing(_) => None,
        }
    }
}

/// What a person wants.
#[derive(Debug, PartialEq)]
enum Move {
    To(PathBuf),
    Take(PathBuf),
}

/// An open dialog.
struct Open {
    wanted: Wanted,
    folder: PathBuf,
    listing: Task<Listing>,
    selected: usize,
    scroll: bool,
    /// A headphone that is being read, by its name then.
    taking: Option<Task<Result<String, String>>>,
    problem: Option<String>,
}

impl Open {
    fn at(wanted: Wanted, folder: PathBuf) -> Self {
        let place = folder.clone();
        let listing = Task::begin(move || Listing::read(&place, wanted));
        Open { wanted, folder, listing, selected: 0, scroll: true, taking: None, problem: None }
    }

    fn entries(&mut self) -> &[Entry] {
        let failed = || Listing { told: Some("the folder cannot be read".to_owned()), ..Listing::default() };
        self.listing.look(failed).map_or(&[], |listing| &listing.entries)
    }

    fn chosen(&mut self, index: usize) -> Option<Move> {
        let entry = self.entries().get(index)?.clone();
        let path = self.folder.join(entry.name);
        Some(if entry.is_folder { Move::To(path) } else { Move::Take(path) })
    }

    /// What keys say, as long as no button has them.
    fn keys(&mut self, ui: &Ui) -> Option<Move> {
        if ui.memory(|memory| memory.focused().is_some()) {
            return None;
        }
        let pressed = |key: Key| ui.input(|input| input.key_pressed(key));
        let last = self.entries().len().saturating_sub(1);
        let at = self.selected.min(last);
        let typed = ui.input(|input| input.events.iter().find_map(typed));
        let to = [
            (Key::ArrowDown, (at + 1).min(last)),
            (Key::ArrowUp, at.saturating_sub(1)),
            (Key::PageDown, (at + PAGE).min(last)),
            (Key::PageUp, at.saturating_sub(PAGE)),
            (Key::Home, 0),
            (Key::End, last),
        ];
        let stepped = to.iter().find(|(key, _)| pressed(*key)).map(|(_, to)| *to);
        if let Some(to) = stepped.or_else(|| next_with(self.entries(), at, &typed?)) {
            (self.selected, self.scroll) = (to, true);
        }
        if pressed(Key::Backspace) {
            return self.folder.parent().map(|folder| Move::To(folder.to_owned()));
        }
        if pressed(Key::Enter) { self.chosen(self.selected) } else { None }
    }

    /// What is wanted, and whether the dialog shall go.
    fn show(&mut self, ui: &mut Ui) -> (Option<Move>, bool) {
        let mut moved = self.keys(ui);
        let window = ui.ctx().content_rect().size();
        ui.set_width(WIDTH.min(window.x - 60.0));
        ui.heading(self.wanted.title());
        ui.horizontal(|ui| {
            let up = self.folder.parent().map(Path::to_owned);
            if ui.add_enabled(up.is_some(), Button::new("Up")).on_hover_text("Backspace").clicked() {
                moved = up.map(Move::To);
            }
            if let Some(home) = std::env::home_dir()
                && ui.button("Home").clicked()
            {
                moved = Some(Move::To(home));
            }
            ui.add(egui::Label::new(RichText::new(self.folder.display().to_string()).weak()).truncate());
        });
        self.list(ui, (window.y - AROUND).clamp(120.0, 340.0), &mut moved);
        if let Some(problem) = &self.problem {
            ui.label(RichText::new(problem).color(look::fault(ui)));
        }
        let mut closes = false;
        ui.horizontal(|ui| {
            closes = ui.button("Close").on_hover_text("Escape").clicked();
            let endings: Vec<String> =
                self.wanted.endings().iter().map(|ending| format!(".{ending}")).collect();
            let words = format!("Folders and {}. Arrows, letters, Enter, Backspace.", endings.join(" "));
            ui.label(RichText::new(words).weak());
        });
        (moved, closes)
    }

    fn list(&mut self, ui: &mut Ui, height: f32, moved: &mut Option<Move>) {
        let scroll = std::mem::take(&mut self.scroll);
        // It may have been read meanwhile.
        self.entries();
        let (entries, told): (&[Entry], Option<&str>) = match &self.listing {
            Task::Doing(_) => (&[], Some("Reading …")),
            Task::Done(Listing { entries, told: None }) if entries.is_empty() => {
                (entries, Some("There is nothing here that fits."))
            }
            Task::Done(Listing { entries, told }) => (entries, told.as_deref()),
        };
        // A folder that is still being read is scrolled when it is there.
        let later = scroll && entries.is_empty();
        let mut clicked = None;
        let area = ScrollArea::vertical().max_height(height).min_scrolled_height(height).auto_shrink(false);
        area.show(ui, |ui| {
            for (index, entry) in entries.iter().enumerate() {
                let mark = if entry.is_folder { "/" } else { "" };
                let row = Button::selectable(index == self.selected, format!("{}{mark}", entry.name));
                let size = egui::vec2(ui.available_width(), ROW_HEIGHT);
                let row = ui.add(row.truncate().min_size(size));
                if index == self.selected && scroll {
                    row.scroll_to_me(None);
                }
                if row.clicked() {
                    row.surrender_focus();
                    clicked = Some((index, entry.is_folder));
                }
            }
            if let Some(told) = told {
                ui.label(RichText::new(told).weak());
            }
        });
        self.scroll = later;
        if let Some((index, is_folder)) = clicked {
            // A folder opens at once, a file when it is clicked again.
            let again = index == self.selected || is_folder;
            self.selected = index;
            if again {
                *moved = self.chosen(index);
            }
        }
    }
}

fn typed(event: &Event) -> Option<String> {
    match event {
        Event::Text(text) if !text.trim().is_empty() => Some(text.to_lowercase()),
        _ => None,
    }
}

/// The next entry after a place whose name begins with what was typed; round again from the end.
fn next_with(entries: &[Entry], at: usize, typed: &str) -> Option<usize> {
    let count = entries.len();
    let begins = |index: &usize| entries[*index].name.to_lowercase().starts_with(typed);
    (1..=count).map(|step| (at + step) % count).find(begins)
}

/// The dialog, and where it was last.
#[derive(Default)]
pub(super) struct Files {
    open: Option<Open>,
    last: Option<PathBuf>,
}

impl Files {
    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Opens it, near a file that is known.
    pub(super) fn ask(&mut self, ui: &Ui, wanted: Wanted, near: &str) {
        let near = Path::new(near).parent().filter(|folder| folder.is_absolute()).map(Path::to_owned);
        let folder = near.or_else(|| self.last.clone()).or_else(std::env::home_dir);
        self.open = Some(Open::at(wanted, folder.unwrap_or_else(|| PathBuf::from("/"))));
        // Keys are the dialog's from now on.
        ui.memory_mut(|memory| memory.focused().into_iter().for_each(|id| memory.surrender_focus(id)));
    }

    /// Shows it, and does what is wanted.
    pub(super) fn show(&mut self, ui: &Ui, params: &Arc<FarfieldParams>) {
        let Some(open) = &mut self.open else { return };
        let shown = Modal::new(Id::unique("files")).show(ui.ctx(), |ui| open.show(ui));
        let mut closes = shown.should_close();
        let (moved, closed) = shown.inner;
        closes |= closed;
        match moved {
            Some(Move::To(folder)) => *open = Open::at(open.wanted, folder),
            Some(Move::Take(path)) => {
                self.last = Some(open.folder.clone());
                closes |= take(open, params, path);
            }
            None => (),
        }
        let failed = || Err("the file could not be read".to_owned());
        match open.taking.as_mut().and_then(|task| task.look(failed)).cloned() {
            Some(Ok(headphone)) => {
                params.keep(|kept| kept.headphone = headphone);
                params.own.try_again();
                closes = true;
            }
            Some(Err(why)) => (open.taking, open.problem) = (None, Some(why)),
            None => (),
        }
        if closes {
            self.open = None;
        }
    }
}

/// Takes a file; whether that is done already.
fn take(open: &mut Open, params: &Arc<FarfieldParams>, path: PathBuf) -> bool {
    match open.wanted {
        Wanted::Ears => {
            params.keep(|kept| kept.ears = path.to_string_lossy().into_owned());
            params.own.try_again();
            true
        }
        Wanted::Headphone => {
            let params = Arc::clone(params);
            open.taking = Some(Task::begin(move || import(&params.own, &path)));
            false
        }
    }
}

fn import(own: &Own, path: &Path) -> Result<String, String> {
    own.import(path).map(|file| format!("{OWN}{file}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_shows_folders_first_and_only_files_that_can_be_meant() {
        let folder = tempfile::tempdir().unwrap();
        for file in ["b.sofa", "A.SOFA", "c.txt", ".hidden.sofa", "d"] {
            fs::write(folder.path().join(file), "").unwrap();
        }
        for name in ["zoo", "Attic", ".git"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let names = |wanted| -> Vec<String> {
            Listing::read(folder.path(), wanted).entries.into_iter().map(|entry| entry.name).collect()
        };
        assert_eq!(names(Wanted::Ears), ["Attic", "zoo", "A.SOFA", "b.sofa"]);
        assert_eq!(names(Wanted::Headphone), ["Attic", "zoo", "c.txt"]);
        let gone = Listing::read(&folder.path().join("gone"), Wanted::Ears);
        assert!(gone.entries.is_empty() && gone.told.is_some());
    }

    #[test]
    fn letters_go_round() {
        let entry = |name: &str| Entry { name: name.to_owned(), is_folder: false };
        let entries = ["Alpha", "beta", "Bravo", "gamma"].map(entry);
        assert_eq!(next_with(&entries, 0, "b"), Some(1));
        assert_eq!(next_with(&entries, 1, "b"), Some(2));
        assert_eq!(next_with(&entries, 2, "b"), Some(1));
        assert_eq!(next_with(&entries, 3, "x"), None);
        assert_eq!(next_with(&[], 0, "a"), None);
    }

    #[test]
    fn what_is_chosen_is_entered_or_taken() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("a")).unwrap();
        fs::write(folder.path().join("b.sofa"), "").unwrap();
        let mut open = Open::at(Wanted::Ears, folder.path().to_owned());
        while open.entries().is_empty() {
            std::thread::yield_now();
        }
        assert_eq!(open.chosen(0), Some(Move::To(folder.path().join("a"))));
        assert_eq!(open.chosen(1), Some(Move::Take(folder.path().join("b.sofa"))));
        assert_eq!(open.chosen(2), None);
    }
}
