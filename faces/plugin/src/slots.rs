//! Systems by number: what a host automates. A number means the same system for ever.

/// So many numbers there are, of which most wait for systems to come: a host keeps automation as a share of the whole.
pub(crate) const RESERVED: usize = 64;

/// Only ever appended to.
const SLOTS: [&str; 16] = [
    "studio",
    "nearfield",
    "white-cone",
    "cube",
    "lounge",
    "lounge-sub",
    "car",
    "earbuds",
    "phone",
    "laptop",
    "tv",
    "kitchen",
    "bluetooth",
    "club",
    "cinema",
    "car-sub",
];

/// The system of a number; one that waits is the studio.
pub(crate) fn id(slot: i32) -> &'static str {
    usize::try_from(slot).ok().and_then(|slot| SLOTS.get(slot)).copied().unwrap_or(SLOTS[0])
}

/// What a host shows for a number.
pub(crate) fn name(slot: i32) -> &'static str {
    usize::try_from(slot).ok().and_then(|slot| SLOTS.get(slot)).copied().unwrap_or("(not yet)")
}

/// The number of a system.
pub(crate) fn slot(id: &str) -> Option<i32> {
    SLOTS.iter().position(|known| *known == id.trim()).map(|slot| slot as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_system_of_the_catalogue_has_its_number() {
        for system in farfield::playback::system::catalogue() {
            let slot = slot(&system.id).unwrap_or_else(|| panic!("{} must be appended to SLOTS", system.id));
            assert_eq!((id(slot), name(slot)), (system.id.as_str(), system.id.as_str()));
        }
    }

    #[test]
    fn numbers_never_change_their_meaning() {
        for (number, system) in [(0, "studio"), (6, "car"), (8, "phone"), (14, "cinema"), (15, "car-sub")] {
            assert_eq!(id(number), system);
        }
        for strange in [-1, 16, 63, i32::MAX] {
            assert_eq!((id(strange), name(strange)), ("studio", "(not yet)"));
        }
    }
}
