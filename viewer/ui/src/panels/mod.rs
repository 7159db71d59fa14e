//! The panels, one file each, in the order in which the eye meets them.

pub(crate) mod commands;
pub(crate) mod first_start;
pub(crate) mod layers;
pub(crate) mod legend;
pub(crate) mod notices;
pub(crate) mod properties;
pub(crate) mod sparkline;
pub(crate) mod status;
pub(crate) mod timeline;
pub(crate) mod top_bar;
pub(crate) mod tree;
pub(crate) mod view;
