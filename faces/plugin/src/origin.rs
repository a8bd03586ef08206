//! By which catalogue a project was made, so that one that sounds otherwise now is told.

use farfield::playback::system::{self, CATALOG, System};
use nice_plug::params::persist::PersistentField;
use serde::{Deserialize, Serialize};
use std::sync::{PoisonError, RwLock};

/// What stands in a project's state.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Made {
    /// Of Farfield.
    version: String,
    /// Of the catalogue.
    catalog: String,
    /// Every system as it was then: `car@1`.
    systems: Vec<String>,
}

/// What is saved is how things are now; what was loaded is kept for comparison.
pub struct Origin {
    now: Made,
    loaded: RwLock<Option<Made>>,
}

impl Default for Origin {
    fn default() -> Self {
        let systems = system::catalogue().iter().map(System::pin).collect();
        let now =
            Made { version: env!("CARGO_PKG_VERSION").to_owned(), catalog: CATALOG.to_owned(), systems };
        Origin { now, loaded: RwLock::new(None) }
    }
}

impl Origin {
    /// What has changed for a system since the project was saved, in words.
    pub fn changed(&self, id: &str) -> Option<String> {
        let loaded = self.loaded.read().unwrap_or_else(PoisonError::into_inner);
        let made = loaded.as_ref()?;
        let of = |made: &Made| {
            let of_id = |pin: &&String| pin.split('@').next() == Some(id);
            made.systems.iter().find(of_id).cloned()
        };
        let (was, is) = (of(made)?, of(&self.now)?);
        (was != is).then(|| {
            format!("This project was made with {was} (catalogue {}); here it is {is}.", made.catalog)
        })
    }
}

impl PersistentField<'_, Made> for Origin {
    fn set(&self, made: Made) {
        *self.loaded.write().unwrap_or_else(PoisonError::into_inner) = Some(made);
    }

    fn map<F: Fn(&Made) -> R, R>(&self, read: F) -> R {
        read(&self.now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_names_the_catalogue_and_what_was_loaded_is_compared() {
        let origin = Origin::default();
        assert!(origin.map(|made| made.catalog == CATALOG && made.systems.contains(&"car@1".to_owned())));
        assert_eq!(origin.changed("car"), None);
        let old = Made {
            catalog: "2020.01".into(),
            systems: vec!["car@0".into(), "phone@1".into()],
            ..Made::default()
        };
        origin.set(old);
        assert!(
            origin.changed("car").is_some_and(|words| words.contains("car@0") && words.contains("2020.01"))
        );
        assert_eq!(origin.changed("phone"), None);
        assert_eq!(origin.changed("studio"), None);
        assert!(origin.map(|made| made.catalog == CATALOG));
    }
}
