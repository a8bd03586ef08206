//! How it reaches the listener instead: the headphone, its response, its seal, its compensation.
//!
//! A [`Profile`] says how a headphone sounds, each ear by itself and with how much doubt; it comes from the
//! catalogue ([`catalogue`], [`find`], [`search`]) or from a file ([`import`]). A [`Seal`] says how much bass leaks
//! out between pad and head. From both, [`Compensation`] makes a filter for each ear, towards a [`Target`]:
//! the diffuse field before virtual rooms, Harman's curve only for plain listening without one.

pub mod target;
mod profile;
mod catalogue;
mod search;
pub mod import;
pub mod seal;
pub mod compensation;

pub use catalogue::catalogue;
pub use compensation::Compensation;
pub use profile::{Form, Profile};
pub use seal::Seal;
pub use search::{Unknown, find, search};
pub use target::Target;

/// One of the listener's ears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Ear {
    Left,
    Right,
}

/// One thing for each ear.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs)]
pub struct PerEar<T> {
    pub left: T,
    pub right: T,
}

impl<T> PerEar<T> {
    /// The same for both.
    pub fn both(value: T) -> Self
    where
        T: Clone,
    {
        PerEar { left: value.clone(), right: value }
    }

    /// The one of `ear`.
    pub fn of(&self, ear: Ear) -> &T {
        match ear {
            Ear::Left => &self.left,
            Ear::Right => &self.right,
        }
    }

    /// Each ear's thing made into another.
    pub fn map<U>(&self, mut change: impl FnMut(&T) -> U) -> PerEar<U> {
        PerEar { left: change(&self.left), right: change(&self.right) }
    }
}
