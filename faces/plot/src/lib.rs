//! Plots of responses, decays and levels as SVG, and sparklines for the terminal.
//!
//! One file that scales, reads in light and in dark, keeps text as text and stays safe when a name comes from
//! a stranger's file. No scripts, no fonts to fetch, no ids that could collide when several plots stand in
//! one page. It only draws: whoever calls it has computed the points.
//!
//! ```
//! use farfield_plot::{Line, Plot, Spread};
//!
//! let points = vec![(20.0, -18.0), (60.0, 3.0), (1_000.0, 0.0), (20_000.0, -6.0)];
//! let cars = Spread::around(&points, 3.0).meaning("±1 standard deviation of cars");
//! let svg = Plot::frequency_response("Car")
//!     .subtitle("at the driver's ear")
//!     .line(Line::new("mid-size", points).spread(cars))
//!     .to_svg();
//! assert!(svg.starts_with("<svg"));
//! ```

mod line;
mod plot;
mod axis;
mod frame;
mod legend;
mod theme;
mod svg;
mod sparkline;

pub use line::{Line, Spread, Style};
pub use plot::{Note, Plot, Region};
pub use sparkline::sparkline;
pub use svg::Escaped;
pub use theme::Theme;
