//! Response on the axis, directivity, and where the drivers are.
