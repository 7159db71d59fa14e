//! The command line end to end: the real binary, real files, exit codes and words of the contract.

mod bad_input;
mod demo;
mod import;
mod lantu;
mod query;
mod snapshot;
mod verify;
