//! The command line end to end: the real binary, real files, exit codes and words of the contract.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that meets the unexpected stops there"
)]

mod asbuilt;
mod bad_input;
mod bench;
mod broker;
mod city;
mod corpus;
mod damaged;
mod demo;
mod diff;
mod districts;
mod heat;
mod houses;
mod import;
mod interrupted;
mod lantu;
mod live;
mod mesh;
mod place;
mod placement;
mod query;
mod schedule;
mod snapshot;
mod start;
mod textures;
mod things;
mod verify;
